internal import Bytes
internal import Testing

@testable internal import BackendChannel

@Suite("How far a request has come")
struct RequestProgressTests {
    @Test(
        "it drains at 32 KiB, once, after more than 64 KiB had waited",
        arguments: [(65536, 40000, false), (65537, 32768, false), (65537, 32769, true)]
    )
    func drains(total: Int, taken: Int, isDrained: Bool) {
        var progress = RequestProgress()
        var drains: [Bool] = []
        for count in [0, taken, 0, total - taken] {
            drains.append(progress.take(count, of: total))
        }
        // Taken to the end, it has drained now or before, or it was never full.
        #expect(drains == [false, isDrained, false, total > 65536 && !isDrained])
    }

    @Test(
        "what was sent is dropped above 64 KiB, unless it is finished, and after an answer",
        arguments: [
            (65536, 65536, false, false, 0), (65537, 65537, false, false, 65537),
            (65537, 65537, true, false, 0), (65537, 65537, true, true, 65537),
            (1, 1, false, true, 1), (0, 0, false, true, 0),
            // Moving much to drop little is not worth it.
            (100_000, 200_000, false, false, 100_000), (99_999, 200_000, false, false, 0),
            (100, 200, false, true, 0),
        ]
    )
    func drops(taken: Int, total: Int, isFinished: Bool, hasAnswer: Bool, dropped: Int) {
        var progress = RequestProgress()
        progress.isFinished = isFinished
        _ = progress.take(taken, of: total)
        let found = progress.dropTaken(of: total, hasAnswer: hasAnswer)
        #expect(found == dropped)
        #expect(progress.isReplayable == (dropped == 0))
        #expect(progress.taken == taken - dropped)
    }

    @Test("once it cannot be sent again, all that was sent is dropped")
    func dropsAlways() {
        var progress = RequestProgress()
        for count in [70_000, 10] {
            _ = progress.take(count, of: count)
            let dropped = progress.dropTaken(of: count, hasAnswer: false)
            #expect(dropped == count)
        }
        progress.startOver()
        #expect(!progress.isReplayable)
    }

    @Test("an owner that waits is told when all is dropped, once", arguments: [65536, 65537])
    func dropsAll(total: Int) {
        var progress = RequestProgress()
        let told = [progress.dropAll(of: total), progress.dropAll(of: 0)]
        #expect(told == [total > 65536, false])
        var full = RequestProgress()
        _ = full.take(20_000, of: 70_000)
        let isTold = full.dropAll(of: 70_000)
        #expect(isTold)
        var finished = RequestProgress()
        finished.isFinished = true
        let isFinishedTold = finished.dropAll(of: 70_000)
        #expect(!isFinishedTold)
    }

    @Test("bytes are dropped from the front of a buffer", arguments: 0...5)
    func dropFirst(count: Int) {
        var buffer = OutputBuffer(headroom: 3)
        buffer.append([1, 2, 3, 4, 5])
        buffer.dropFirst(count, keeping: 1024)
        let rest = buffer.bytes()
        #expect(rest == [1, 2, 3, 4, 5].dropFirst(count).map { $0 })
    }

    @Test("what is kept of an answer is read in any portions, and does not pile up")
    func keeps() {
        let kept = KeptAnswer()
        var next: UInt8 = 0
        var expected: UInt8 = 0
        for round in 0..<2000 {
            let piece = (0..<(round % 7)).map { _ in
                next &+= 1
                return next
            }
            piece.withUnsafeBytes { kept.keep($0) }
            let count = min(kept.unread.count, round % 5 + 1)
            for byte in kept.unread.prefix(count) {
                expected &+= 1
                #expect(byte == expected)
            }
            kept.drop(count)
        }
        kept.drop(kept.unread.count)
        #expect(kept.unread.isEmpty)
    }
}
