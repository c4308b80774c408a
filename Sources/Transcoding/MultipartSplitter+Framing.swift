internal import Bytes

extension MultipartSplitter {
    /// Takes a body of `multipart/form-data` apart as it arrives, part by part.
    ///
    /// It reads what `MultipartReader` reads, and refuses what that refuses, however the body is
    /// cut; only blanks behind a boundary, of which a stream could have any number, are bounded.
    /// Content is handed out where it lies. What may be the beginning of a boundary at the end of a
    /// piece is known by its length alone: it is what the boundary begins with.
    struct Framing: ~Copyable {
        enum Event {
            /// A part begins; its headers are valid until the next call.
            case part(MultipartHeaders)
            /// Some of its content, valid until the next call and while the piece is.
            case content(UnsafeRawBufferPointer)
        }

        enum Phase {
            /// Up to the first boundary.
            case start
            /// Behind a boundary; behind its first dash, in its blanks, behind its CR.
            case boundary
            case dash
            case padding
            case lineEnd
            case headers
            case content
            /// Behind the last boundary.
            case end
        }

        /// The most blanks behind one boundary, line ends behind the last one included.
        static var blankLimit: Int { 1024 }

        /// CRLF, two dashes and the boundary, which has neither CR nor LF in it.
        var line = OutputBuffer(capacity: 80)
        var phase = Phase.start
        /// How much of `line` the bytes that were taken end with.
        var matched = 0
        /// How much of that is the end of the headers, and no content if no boundary follows.
        var hidden = 0
        /// How much of the empty line, and of the line end before it, the headers end with.
        var emptyLine = 0
        private var blanks = 0
        /// The bytes of the body that were taken.
        private var offset = 0
        /// The parts that have begun.
        private(set) var parts = 0
        var held = OutputBuffer(capacity: 256)

        /// Makes it ready for a body with a boundary that is valid (`MultipartBoundary`).
        init(boundary: UnsafeRawBufferPointer) {
            self.line.append("\r\n--")
            self.line.append(boundary)
        }

        /// The boundary with its line end and dashes in front.
        var boundaryLine: UnsafeRawBufferPointer { self.line.withUnsafeBytes { $0 } }

        /// The headers of the part at hand as they stand in the body, the empty line included.
        var headerLines: UnsafeRawBufferPointer { self.held.withUnsafeBytes { $0 } }

        /// Takes what comes next out of a piece of the body.
        ///
        /// - Parameter bytes: what came; shortened by what was read.
        /// - Returns: nil when the piece is used up.
        /// - Throws: `.syntax` with the place and what was expected there.
        mutating func next(
            _ bytes: inout UnsafeRawBufferPointer
        ) throws(TranscodingError) -> Event? {
            while !bytes.isEmpty {
                switch self.phase {
                case .start: try self.takeStart(&bytes)
                case .boundary, .dash, .padding, .lineEnd: try self.takeBoundary(&bytes)
                case .headers:
                    if let headers = try self.takeHeaders(&bytes) { return .part(headers) }
                case .content:
                    if let content = self.takeContent(&bytes) { return .content(content) }
                case .end: try self.takeBlank(&bytes)
                }
            }
            return nil
        }

        /// Takes the end of the body.
        ///
        /// - Throws: `.syntax` when it is not behind the last boundary.
        mutating func end() throws(TranscodingError) {
            switch self.phase {
            case .end: return
            case .start: throw self.unexpected("the boundary \"\(self.name)\"", nil)
            case .boundary, .dash, .padding, .lineEnd: throw self.unexpected(Self.behind, nil)
            case .headers:
                _ = try self.readHeaders()
                throw self.unexpected("the rest of a part's headers", nil)
            case .content: throw self.unexpected("the boundary \"\(self.name)--\"", nil)
            }
        }

        // MARK: - Boundaries

        private mutating func takeStart(
            _ bytes: inout UnsafeRawBufferPointer
        ) throws(TranscodingError) {
            // The line end in front of the first boundary may be left out.
            if self.offset == 0, bytes.first != 0x0D { self.matched = 2 }
            let line = self.boundaryLine
            while self.matched < line.count {
                guard let byte = bytes.first else { return }
                guard byte == line[self.matched] else {
                    throw self.unexpected("the boundary \"\(self.name)\"", byte)
                }
                self.matched += 1
                self.take(1, of: &bytes)
            }
            self.foundBoundary()
        }

        mutating func foundBoundary() {
            self.matched = 0
            self.blanks = 0
            self.phase = .boundary
        }

        private mutating func takeBoundary(
            _ bytes: inout UnsafeRawBufferPointer
        ) throws(TranscodingError) {
            let byte = bytes[0]
            switch (self.phase, byte) {
            case (.boundary, UInt8(ascii: "-")): self.phase = .dash
            case (.dash, UInt8(ascii: "-")): self.phase = .end
            case (.boundary, 0x20), (.boundary, 0x09), (.padding, 0x20), (.padding, 0x09):
                self.phase = .padding
                try self.takeBlank(&bytes)
                return
            case (.boundary, 0x0D), (.padding, 0x0D): self.phase = .lineEnd
            case (.lineEnd, 0x0A):
                guard self.parts < MultipartReader.partLimit else {
                    throw self.error("at most \(MultipartReader.partLimit) parts", found: "more")
                }
                self.parts += 1
                self.emptyLine = 2
                self.held.removeAll()
                self.phase = .headers
            default: throw self.unexpected(Self.behind, byte)
            }
            self.take(1, of: &bytes)
        }

        private mutating func takeBlank(
            _ bytes: inout UnsafeRawBufferPointer
        ) throws(TranscodingError) {
            let byte = bytes[0]
            guard byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A else {
                throw self.unexpected("the end of the body after the last boundary", byte)
            }
            guard self.blanks < Self.blankLimit else {
                throw self.error(
                    "at most \(Self.blankLimit) blanks after a boundary",
                    found: "more"
                )
            }
            self.blanks += 1
            self.take(1, of: &bytes)
        }

        mutating func take(_ count: Int, of bytes: inout UnsafeRawBufferPointer) {
            bytes = UnsafeRawBufferPointer(rebasing: bytes[count...])
            self.offset += count
        }

        // MARK: - Errors

        private static var behind: String { "a line end (CRLF) or \"--\" after the boundary" }

        /// The boundary with its dashes, for messages.
        private var name: String {
            Excerpt.of(UnsafeRawBufferPointer(rebasing: self.boundaryLine[2...]))
        }

        /// The byte that was found, or the end: the text must not depend on how the body is cut.
        private func unexpected(_ expected: String, _ byte: UInt8?) -> TranscodingError {
            guard let byte else { return self.error(expected, found: "the end of the body") }
            let text = withUnsafeBytes(of: byte) { Excerpt.of($0) }
            return self.error(expected, found: "\"\(text)\"")
        }

        private func error(_ expected: String, found: String) -> TranscodingError {
            TranscodingError(
                .syntax,
                "body, byte \(self.offset): expected \(expected), found \(found)"
            )
        }
    }
}
