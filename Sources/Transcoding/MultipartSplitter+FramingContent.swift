internal import Bytes
internal import Glibc

/// What is between two boundaries: the headers, held whole, and the content, where it lies.
extension MultipartSplitter.Framing {
    // MARK: - Headers

    /// Gathers the headers through the empty line, which may be the first.
    mutating func takeHeaders(
        _ bytes: inout UnsafeRawBufferPointer
    ) throws(TranscodingError) -> MultipartHeaders? {
        let room = min(bytes.count, MultipartHeaders.byteLimit - self.held.count)
        var count = 0
        while count < room, self.emptyLine < 4 {
            switch (self.emptyLine, bytes[count]) {
            case (0, 0x0D), (2, 0x0D), (1, 0x0A), (3, 0x0A): self.emptyLine += 1
            case (_, 0x0D): self.emptyLine = 1
            default: self.emptyLine = 0
            }
            count += 1
        }
        self.held.append(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        self.take(count, of: &bytes)
        guard self.emptyLine == 4 || self.held.count == MultipartHeaders.byteLimit else {
            return nil
        }
        let headers = try self.readHeaders()
        self.phase = .content
        // The line end of the empty line may be the one that the boundary begins with.
        self.matched = 2
        self.hidden = 2
        return headers
    }

    func readHeaders() throws(TranscodingError) -> MultipartHeaders {
        var headers = MultipartHeaders()
        do throws(TranscodingError) {
            _ = try headers.read(self.headerLines, from: 0)
            return headers
        } catch {
            // The reader counts from the beginning of what it is given.
            var error = error
            if error.message.hasPrefix("body, ") {
                error.message = "part \(self.parts), " + error.message.dropFirst(6)
            }
            throw error
        }
    }

    // MARK: - Content

    /// The next of the part's content; nil when the piece is used up, or the part.
    mutating func takeContent(
        _ bytes: inout UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer? {
        let line = self.boundaryLine
        if self.matched > 0 {
            let missing = line.count - self.matched
            let count = min(missing, bytes.count)
            if Self.equals(bytes, line.dropFirst(self.matched), count) {
                self.match(count, of: &bytes)
                return nil
            }
            // It was none. CR stands at the beginning only: none begins within it.
            let content = UnsafeRawBufferPointer(rebasing: line[self.hidden..<self.matched])
            self.matched = 0
            self.hidden = 0
            if !content.isEmpty { return content }
        }
        guard let base = bytes.baseAddress else { return nil }
        var place = 0
        while place < bytes.count {
            guard let found = memchr(base + place, 0x0D, bytes.count - place) else { break }
            place = UnsafeRawPointer(found) - base
            let count = min(line.count, bytes.count - place)
            if Self.equals(bytes.dropFirst(place), line[...], count) {
                guard place == 0 else { return self.hand(place, of: &bytes) }
                self.match(count, of: &bytes)
                return nil
            }
            place += 1
        }
        return self.hand(bytes.count, of: &bytes)
    }

    private mutating func match(_ count: Int, of bytes: inout UnsafeRawBufferPointer) {
        self.take(count, of: &bytes)
        self.matched += count
        if self.matched == self.line.count { self.foundBoundary() }
    }

    private static func equals(
        _ bytes: some RandomAccessCollection<UInt8>,
        _ line: Slice<UnsafeRawBufferPointer>,
        _ count: Int
    ) -> Bool {
        bytes.prefix(count).elementsEqual(line.prefix(count))
    }

    private mutating func hand(
        _ count: Int,
        of bytes: inout UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let content = UnsafeRawBufferPointer(rebasing: bytes[..<count])
        self.take(count, of: &bytes)
        return content
    }
}
