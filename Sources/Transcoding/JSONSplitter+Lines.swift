internal import Bytes

/// A value a line.
extension JSONSplitter {
    /// Takes the next line that is not blank, but for white space round it; nil when the bytes are
    /// used up.
    mutating func nextLine(
        _ bytes: inout UnsafeRawBufferPointer
    ) throws(TranscodingError) -> UnsafeRawBufferPointer? {
        if self.gathered.isEmpty {
            self.take(bytes.firstIndex { !Self.isSpace($0) } ?? bytes.count, of: &bytes)
            guard !bytes.isEmpty else { return nil }
            self.messageOffset = self.offset
        }
        // A CR of the line's end may stand behind the last byte that the limit allows.
        let (longest, isUnlimited) = self.limit.addingReportingOverflow(1)
        let room = isUnlimited ? Int.max : longest - self.gathered.count
        let reach = room < bytes.count ? room + 1 : bytes.count
        guard let end = Self.lineEnd(in: bytes, upTo: reach) else {
            guard bytes.count <= room else { throw self.tooLarge() }
            self.gather(bytes.count, of: &bytes)
            try self.gathered.withUnsafeBytes { line throws(TranscodingError) in
                guard line.count <= self.limit || line.last == UInt8(ascii: "\r") else {
                    throw self.tooLarge()
                }
            }
            return nil
        }
        let line = self.handOut(end, of: &bytes)
        self.take(1, of: &bytes)
        return try self.message(ofLine: line)
    }

    /// What stands on a line, which is not blank.
    mutating func message(
        ofLine line: UnsafeRawBufferPointer
    ) throws(TranscodingError) -> UnsafeRawBufferPointer {
        guard line.count <= self.limit || line.last == UInt8(ascii: "\r"),
            let first = line.first, let end = line.lastIndex(where: { !Self.isSpace($0) })
        else { throw self.tooLarge() }
        let isWhole: Bool
        switch first {
        case UInt8(ascii: "{"): isWhole = line[end] == UInt8(ascii: "}")
        case UInt8(ascii: "["): isWhole = line[end] == UInt8(ascii: "]")
        case UInt8(ascii: "\""): isWhole = line[end] == first && end > 0
        default: isWhole = true
        }
        guard isWhole else {
            throw self.syntax(
                "expected a whole JSON value on the line, which begins with "
                    + "\(Self.text(first)) and ends with \(Self.text(line[end]))",
                at: self.messageOffset
            )
        }
        self.messages += 1
        return UnsafeRawBufferPointer(rebasing: line[...end])
    }
}
