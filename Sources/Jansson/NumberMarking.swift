/// Turns numbers into marked strings, so that jansson keeps them as they were written.
///
/// jansson refuses integers beyond 64 bits, rounds decimals to doubles and makes `-0` an integer. In
/// a marked text each number `1.0` is the string `"n1.0"`, and each string `"a"` is `"sa"`, so that
/// nothing in the text can pass for a number. Whatever is no number by RFC 8259 stays as it is (or
/// becomes two strings beside each other), for jansson to refuse.
enum NumberMarking {
    private static let number = UInt8(ascii: "n")
    private static let string = UInt8(ascii: "s")

    /// How many times its size a text may take when marked: `1` becomes `"n1"`.
    static let growth = 4

    /// Marks a text in the memory of an arena.
    static func mark(_ text: UnsafeRawBufferPointer, arena: JSONArena) -> UnsafeRawBufferPointer {
        let result = arena.take(text.count * self.growth)
        var count = 0
        func put(_ byte: UInt8) {
            result.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
            count &+= 1
        }
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "\"") {
                put(byte)
                put(self.string)
                index &+= 1
                while index < text.count {
                    let byte = text[index]
                    put(byte)
                    index &+= 1
                    if byte == UInt8(ascii: "\"") { break }
                    if byte == UInt8(ascii: "\\"), index < text.count {
                        put(text[index])
                        index &+= 1
                    }
                }
                continue
            }
            let length = self.numberLength(text, index)
            guard length > 0 else {
                put(byte)
                index &+= 1
                continue
            }
            put(UInt8(ascii: "\""))
            put(self.number)
            for position in index..<index + length { put(text[position]) }
            put(UInt8(ascii: "\""))
            index &+= length
        }
        return UnsafeRawBufferPointer(start: result, count: count)
    }

    /// The kind that the mark of a string says; nil without a mark.
    static func kind(of marked: UnsafeRawBufferPointer) -> JSONKind? {
        switch marked.first {
        case self.string: .string
        case self.number:
            marked.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
                ? .decimal : .integer
        default: nil
        }
    }

    /// The bytes of the longest number of RFC 8259, section 6, at `start`; 0 if there is none.
    private static func numberLength(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var index = start
        func digits() -> Int {
            let first = index
            while index < text.count, text[index] &- UInt8(ascii: "0") < 10 { index += 1 }
            return index - first
        }
        if text[index] == UInt8(ascii: "-") { index += 1 }
        guard index < text.count else { return 0 }
        if text[index] == UInt8(ascii: "0") {
            index += 1
        } else if digits() == 0 {
            return 0
        }
        var end = index
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            guard digits() > 0 else { return end - start }
            end = index
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < text.count,
                text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-")
            {
                index += 1
            }
            guard digits() > 0 else { return end - start }
            end = index
        }
        return end - start
    }
}
