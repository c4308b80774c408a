internal import Testing

/// NIOHTTP1's parser, which is llhttp, and ours: what the two make of the same bytes.
///
/// Two readers that read a message differently are how requests are smuggled, so each difference
/// is of a class in `DifferenceClass`, which says why we are right.
@Suite("NIOHTTP1's parser as an oracle")
struct DifferentialTests {
    /// The classes that bytes fall into; an unexplained difference fails the test.
    private func classes(of bytes: [UInt8]) throws -> Difference? {
        let ours = DifferentialStory(own: bytes)
        let theirs = try DifferentialStory(llhttp: bytes)
        guard var difference = Difference(ours, theirs) else { return nil }
        if case .taken = difference, ours.end == .more {
            let ended = DifferentialStory(own: bytes + latin1("\r\n\r\n"))
            if ended.refusal != nil, ended.requests == ours.requests { difference = .late }
        }
        let story = """
            \(difference) in \(String(decoding: bytes, as: UTF8.self).debugDescription)
            ours: \(ours)
            theirs: \(theirs)
            """
        guard let known = DifferenceClass.all[difference] else {
            Issue.record("a difference that nothing explains: \(story)")
            return nil
        }
        #expect(known.holds(ours, theirs), "not \(known.why): \(story)")
        return difference
    }

    @Test("all samples are read alike, or differently for a reason that some sample shows")
    func samples() throws {
        #expect(DifferentialSamples.suite.count >= 150)
        var shown: Set<Difference> = []
        for sample in DifferentialSamples.all {
            if let difference = try self.classes(of: sample) { shown.insert(difference) }
        }
        for (difference, known) in DifferenceClass.all where !shown.contains(difference) {
            Issue.record("no sample shows that \(known.why)")
        }
    }

    @Test("20,000 mutations too", arguments: [1, 2, 3, 4] as [UInt64])
    func mutations(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<5000 {
            var bytes = DifferentialSamples.all[random.below(DifferentialSamples.all.count)]
            for _ in 0...random.below(4) { MutationTests.mutate(&bytes, &random) }
            _ = try self.classes(of: bytes)
        }
    }
}
