/// Where in the request the encoder is, to say so in a violation: `items[1].price.units`.
///
/// One step a message level, overwritten field by field: keeping it costs a store or two a field,
/// and the text is made only when something is wrong.
struct FieldPlace: ~Copyable {
    struct Step: BitwiseCopyable {
        /// Index into the tables' fields; -1 where there is none (the members of a `Struct`).
        var field: Int32 = -1
        var element: Int32 = -1
        var key: UnsafeRawBufferPointer?
    }

    private var steps = ScratchList<Step>()

    /// A message has been entered.
    @inline(__always)
    mutating func enter() {
        self.steps.append(Step())
    }

    @inline(__always)
    mutating func leave() {
        self.steps.truncate(to: self.steps.count &- 1)
    }

    /// A field of the innermost message is looked at.
    @inline(__always)
    mutating func field(_ index: Int) {
        guard self.steps.count > 0 else { return }
        self.steps[self.steps.count &- 1] = Step(field: Int32(truncatingIfNeeded: index))
    }

    /// An element of the current field is looked at.
    @inline(__always)
    mutating func element(_ index: Int) {
        guard self.steps.count > 0 else { return }
        self.steps[self.steps.count &- 1].element = Int32(truncatingIfNeeded: index)
    }

    /// An entry of the current map is looked at.
    @inline(__always)
    mutating func key(_ key: UnsafeRawBufferPointer) {
        guard self.steps.count > 0 else { return }
        self.steps[self.steps.count &- 1].key = key
    }

    /// The elements or entries have been looked at; what follows is about the field.
    @inline(__always)
    mutating func endElements() {
        guard self.steps.count > 0 else { return }
        self.steps[self.steps.count &- 1].element = -1
        self.steps[self.steps.count &- 1].key = nil
    }

    mutating func removeAll() {
        self.steps.removeAll()
    }

    /// The path by original names.
    func text(_ tables: TypeTables) -> String {
        var text = ""
        for index in 0..<self.steps.count {
            let step = self.steps[index]
            if step.field >= 0 {
                if !text.isEmpty { text += "." }
                text += tables.string(tables.fields[Int(step.field)].protoName)
            }
            if step.element >= 0 { text += "[\(step.element)]" }
            if let key = step.key { text += "[\"\(Excerpt.of(key))\"]" }
        }
        return text
    }
}

/// What a request sent, cut to a length that may stand in an error message.
enum Excerpt {
    private static let most = 64

    static func of(_ bytes: UnsafeRawBufferPointer) -> String {
        guard bytes.count > self.most else { return String(decoding: bytes, as: UTF8.self) }
        var count = self.most
        // Not through the middle of a character.
        while count > 0, bytes[count] & 0xC0 == 0x80 { count -= 1 }
        return String(decoding: bytes.prefix(count), as: UTF8.self) + "..."
    }
}
