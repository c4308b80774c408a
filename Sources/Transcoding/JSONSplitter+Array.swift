internal import Bytes

/// The elements of one array.
extension JSONSplitter {
    /// Takes the next element; nil when the bytes are used up.
    mutating func nextElement(
        _ bytes: inout UnsafeRawBufferPointer
    ) throws(TranscodingError) -> UnsafeRawBufferPointer? {
        if self.phase != .scalar, self.phase != .nested {
            let found = try self.findElement(in: bytes)
            self.take(found ?? bytes.count, of: &bytes)
            guard found != nil else { return nil }
            self.messageOffset = self.offset
        }
        let room = self.limit - self.gathered.count
        let end: Int?
        if self.phase == .nested {
            end = try self.nestedEnd(in: bytes, upTo: min(room, bytes.count))
        } else {
            // The byte behind a scalar is what ends it.
            end = Self.scalarEnd(in: bytes, upTo: room < bytes.count ? room + 1 : bytes.count)
        }
        guard let end else {
            guard bytes.count <= room else { throw self.tooLarge() }
            self.gather(bytes.count, of: &bytes)
            return nil
        }
        self.phase = .separator
        self.messages += 1
        return self.handOut(end, of: &bytes)
    }

    /// Where the next element begins; nil if it has not come.
    private mutating func findElement(
        in bytes: UnsafeRawBufferPointer
    ) throws(TranscodingError) -> Int? {
        for (index, byte) in bytes.enumerated() where !Self.isSpace(byte) {
            switch (self.phase, byte) {
            case (.start, UInt8(ascii: "[")):
                self.phase = .first
            case (.separator, UInt8(ascii: ",")):
                self.phase = .element
            case (.first, UInt8(ascii: "]")), (.separator, UInt8(ascii: "]")):
                self.phase = .done
            case (.first, _), (.element, _):
                guard self.beginElement(byte) else {
                    throw self.syntax("expected a JSON value", byte, at: self.offset + index)
                }
                return index
            case (.start, _):
                throw self.syntax(
                    "expected '[' in front of the messages (of one a line the content type is "
                        + "application/x-ndjson)",
                    byte,
                    at: self.offset + index
                )
            case (.separator, _):
                throw self.syntax("expected ',' or ']'", byte, at: self.offset + index)
            case (.done, _), (.scalar, _), (.nested, _):
                throw self.syntax("expected nothing behind ']'", byte, at: self.offset + index)
            }
        }
        return nil
    }

    /// Looks at the first byte of an element; false if it begins no JSON value.
    private mutating func beginElement(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "["):
            self.phase = .nested
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "t"),
            UInt8(ascii: "f"), UInt8(ascii: "n"):
            self.phase = .scalar
        default:
            return false
        }
        return true
    }
}
