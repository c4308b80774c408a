internal import Testing

@testable internal import Transcoding

/// What a body in parts is made of, read as it arrives or whole.
struct PartStory: Equatable, CustomStringConvertible {
    var parts: [MultipartReaderTests.Read] = []
    var error: TranscodingError?

    private init() {}

    /// Reads a body that comes in pieces.
    init(_ pieces: [[UInt8]], boundary: String) {
        var framing = MultipartSplitter.Framing(text: boundary)
        var contents: [[UInt8]] = []
        do throws(TranscodingError) {
            for piece in pieces {
                try piece.withUnsafeBufferPointer { bytes throws(TranscodingError) in
                    var rest = UnsafeRawBufferPointer(bytes)
                    while let event = try framing.next(&rest) {
                        switch event {
                        case .part(let headers):
                            self.parts.append(Self.part(headers))
                            contents.append([])
                        case .content(let content):
                            #expect(!content.isEmpty)
                            contents[contents.count - 1] += content
                        }
                    }
                    #expect(rest.isEmpty)
                }
            }
            try framing.end()
        } catch {
            self.error = error
        }
        for index in contents.indices {
            self.parts[index].content = String(decoding: contents[index], as: UTF8.self)
        }
    }

    /// Reads a whole body with the reader of whole ones.
    static func whole(_ body: [UInt8], boundary: String) -> PartStory {
        var story = PartStory()
        do throws(TranscodingError) {
            try Array(boundary.utf8).withUnsafeBufferPointer { boundary throws(TranscodingError) in
                try body.withUnsafeBufferPointer { bytes throws(TranscodingError) in
                    var reader = MultipartReader(
                        UnsafeRawBufferPointer(bytes),
                        boundary: UnsafeRawBufferPointer(boundary)
                    )
                    while let part = try reader.next() {
                        var read = Self.part(part.headers)
                        read.content = String(decoding: part.content, as: UTF8.self)
                        story.parts.append(read)
                    }
                }
            }
        } catch {
            story.error = error
        }
        return story
    }

    private static func part(_ headers: MultipartHeaders) -> MultipartReaderTests.Read {
        MultipartReaderTests.Read(
            name: String(decoding: headers.name, as: UTF8.self),
            content: "",
            isFile: headers.isFile,
            contentType: String(decoding: headers.contentType, as: UTF8.self)
        )
    }

    /// Both take it, as the same parts, or both refuse it.
    func agrees(with other: PartStory) -> Bool {
        guard self.error == nil, other.error == nil else {
            return self.error?.kind == other.error?.kind
        }
        return self.parts == other.parts
    }

    var description: String { "\(self.parts) \(self.error.map { $0.message } ?? "end")" }
}

extension MultipartSplitter.Framing {
    fileprivate init(text: String) {
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: text.utf8.count,
            alignment: 1
        )
        defer { bytes.deallocate() }
        bytes.copyBytes(from: text.utf8)
        self.init(boundary: UnsafeRawBufferPointer(bytes))
    }
}

@Suite("Multipart framing, as it arrives")
struct MultipartFramingTests {
    private static let named = MultipartReaderTests.named
    static let bodies = MultipartReaderTests.bodies.map(\.0) + MultipartReaderTests.refused.map(\.0)

    /// However it is cut, a body is what it is whole, to the text of its error.
    private func check(_ body: [UInt8], boundary: String = "b") -> PartStory {
        let story = PartStory([body], boundary: boundary)
        #expect(story.agrees(with: .whole(body, boundary: boundary)), "\(story)")
        for pieces in SplitStory.cuts(body) {
            #expect(PartStory(pieces, boundary: boundary) == story, "\(pieces.map(\.count))")
        }
        return story
    }

    @Test(
        "a body is read as the reader of whole ones reads it, however it is cut",
        arguments: bodies
    )
    func agrees(_ body: String) {
        _ = self.check(Array(body.utf8))
    }

    @Test("a body that is cut off is refused", arguments: MultipartReaderTests.bodies)
    func cutOff(_ body: String, _ parts: [MultipartReaderTests.Read]) {
        let bytes = Array(body.utf8)
        for count in bytes.indices {
            let part = Array(bytes[..<count])
            let story = PartStory(part.map { [$0] }, boundary: "b")
            #expect(story.agrees(with: .whole(part, boundary: "b")), "\(count): \(story)")
        }
    }

    @Test("what nearly is a boundary is content, wherever it is cut")
    func nearly() {
        let boundary = "a-b--b"
        let almost = [
            "\r", "\n", "\r\n", "\r\n-", "\r\n--", "\r\n--a", "\r\n--a-b-", "\r\n--a-b--", "-",
            "--a-b--b", "\r\r\n--a-b--", "\n--a-b--b", "\r\n\r\n", "\r\n--\r\n--a", "\r\n--a-\r\n",
        ]
        for one in almost {
            for other in almost {
                let body =
                    "--\(boundary)\r\n\(Self.named)\r\n\r\n\(one)\(other)x\(one)"
                    + "\r\n--\(boundary)\r\n\(Self.named)\r\n\r\n\(other)"
                    + "\r\n--\(boundary)--"
                let bytes = Array(body.utf8)
                let whole = PartStory.whole(bytes, boundary: boundary)
                let first = boundary.utf8.count + Self.named.utf8.count
                let cuts = (first..<first + 36).map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
                for pieces in cuts + [bytes.map { [$0] }] {
                    let story = PartStory(pieces, boundary: boundary)
                    #expect(story.agrees(with: whole), "\(one.debugDescription) \(other)")
                }
            }
        }
    }

    @Test("content is handed out where it lies")
    func inPlace() throws {
        let body = Array("--b\r\n\(Self.named)\r\n\r\nab\rcd\r\n--b--".utf8)
        try body.withUnsafeBytes { bytes in
            var framing = MultipartSplitter.Framing(text: "b")
            var rest = bytes
            var seen: [Range<Int>] = []
            while let event = try framing.next(&rest) {
                guard case .content(let content) = event,
                    let start = content.baseAddress, let base = bytes.baseAddress
                else { continue }
                seen.append(start - base..<start - base + content.count)
            }
            let end = body.count - "\r\n--b--".utf8.count
            #expect(seen == [end - 5..<end])
        }
    }

    // MARK: - Limits

    @Test("a body has at most so many parts", arguments: [999, 1000, 1001])
    func parts(_ count: Int) {
        let part = "--b\r\n\(Self.named)\r\n\r\nx\r\n"
        let body = Array((String(repeating: part, count: count) + "--b--").utf8)
        for pieces in [[body], body.map { [$0] }] {
            let story = PartStory(pieces, boundary: "b")
            #expect(story.agrees(with: .whole(body, boundary: "b")))
            #expect((story.error == nil) == (count <= MultipartReader.partLimit))
        }
    }

    @Test("a part has at most so many header lines and bytes", arguments: [15, 16, 17])
    func lines(_ count: Int) {
        let others = String(repeating: "x: y\r\n", count: count - 1)
        let story = self.check(Array("--b\r\n\(others)\(Self.named)\r\n\r\nx\r\n--b--".utf8))
        #expect((story.error == nil) == (count <= MultipartHeaders.lineLimit))
    }

    @Test(
        "a part has at most so many bytes of headers",
        arguments: [8190, 8191, 8192, 8193, 20_000]
    )
    func bytes(_ count: Int) {
        let filler = String(repeating: "y", count: count - Self.named.utf8.count - 9)
        let body = Array("--b\r\n\(Self.named)\r\nx: \(filler)\r\n\r\nx\r\n--b--".utf8)
        for pieces in [[body], body.map { [$0] }] {
            let story = PartStory(pieces, boundary: "b")
            #expect(story.agrees(with: .whole(body, boundary: "b")))
            #expect((story.error == nil) == (count <= MultipartHeaders.byteLimit))
        }
    }

    @Test("a boundary has at most so many blanks behind it", arguments: [1023, 1024, 1025])
    func blanks(_ count: Int) {
        let blanks = String(repeating: " ", count: count)
        let most = MultipartSplitter.Framing.blankLimit
        for body in ["--b--\(blanks)", "--b\(blanks)\r\n\(Self.named)\r\n\r\nx\r\n--b--"] {
            let story = PartStory([Array(body.utf8)], boundary: "b")
            #expect((story.error == nil) == (count <= most), "\(story)")
        }
    }

    @Test("where a header is wrong is told by the part")
    func place() {
        let body = "--b\r\n\(Self.named)\r\n\r\n\r\n--b\r\nno colon\r\n\r\n\r\n--b--"
        let story = self.check(Array(body.utf8))
        #expect(story.error?.message.hasPrefix("part 2, byte 0: expected a header") == true)
    }

    // MARK: - Mutations

    @Test("mutated bodies are read as the reader of whole ones reads them", arguments: 1...8)
    func mutations(_ seed: UInt64) {
        var dice = RequestDice(state: seed)
        let words = [
            "--b", "\r\n", "\r\n--b--", "\r\n--b\r\n", "\"", ";", "\r", "\n", "-", " ", "\r\n\r\n",
            "Content-Disposition: form-data; name=c; filename=d\r\n", "\u{0}", "é", "--", "b",
        ]
        for _ in 0..<1000 {
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 1...3, using: &dice) {
                body += (Self.bodies.randomElement(using: &dice) ?? "").utf8
            }
            for _ in 0..<Int.random(in: 0..<4, using: &dice) where !body.isEmpty {
                let place = Int.random(in: 0..<body.count, using: &dice)
                switch Int.random(in: 0..<3, using: &dice) {
                case 0:
                    body.insert(
                        contentsOf: (words.randomElement(using: &dice) ?? "").utf8,
                        at: place
                    )
                case 1: body[place] = UInt8.random(in: 0...255, using: &dice)
                default: body.removeSubrange(place..<min(body.count, place + 5))
                }
            }
            let whole = PartStory.whole(body, boundary: "b")
            var pieces: [[UInt8]] = []
            var start = 0
            while start < body.count {
                let end = min(body.count, start + Int.random(in: 1...40, using: &dice))
                pieces.append(Array(body[start..<end]))
                start = end
            }
            let story = PartStory(pieces, boundary: "b")
            #expect(story.agrees(with: whole), "\(story) \(whole)")
            #expect(story == PartStory([body], boundary: "b"))
        }
    }
}
