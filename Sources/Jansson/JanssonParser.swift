internal import CJansson

/// One call of jansson at a time, with the memory of an arena, which the results live in.
///
/// A copyable value because it only points at its arena: the reader owns that.
struct JanssonParser {
    let arena: JSONArena
    let depth: Int
    let memory: Int

    var depthMessage: String {
        "expected at most \(self.depth) levels of arrays and objects, found more"
    }

    var memoryMessage: String {
        "expected a text that takes at most \(self.memory) bytes to read, found a larger one"
    }

    /// Duplicates are refused, NUL is allowed in strings (not in keys), any value may be the whole.
    private static let flags = Int(JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY)

    // MARK: - One string

    enum StringOutcome {
        case text(UnsafeRawBufferPointer)
        case refused
        case tooLarge
    }

    /// Decodes one string token, quotes included; the text is in the arena.
    ///
    /// - Parameters:
    ///   - quoted: the token.
    ///   - others: bytes that the caller takes of the same allowance.
    /// - Returns: the text, which lives until the arena is emptied, or why there is none.
    func string(_ quoted: UnsafeRawBufferPointer, besides others: Int) -> StringOutcome {
        // The lexer's buffer doubles up to the token's size, the string is copied once: less than
        // five times the token and a few hundred bytes, so that the arena cannot be exhausted here.
        guard quoted.count <= (self.memory - others - self.arena.byteCount) / 5 - 1024 else {
            return .tooLarge
        }
        guard let start = quoted.baseAddress else { return .refused }
        let value = self.arena.enter {
            json_loadb(start.assumingMemoryBound(to: CChar.self), quoted.count, Self.flags, nil)
        }
        guard let value, let text = json_string_value(value) else { return .refused }
        return .text(UnsafeRawBufferPointer(start: text, count: json_string_length(value)))
    }

    // MARK: - A whole text

    /// Reads a text that need not be plain.
    func read(
        _ text: UnsafeRawBufferPointer,
        into tape: inout JSONTape
    ) throws(JSONRefusal) {
        try self.checkDepth(text)
        guard text.count <= self.memory / NumberMarking.growth - 16 else {
            throw JSONRefusal(.tooLarge, self.memoryMessage, at: text.count, of: text)
        }
        let marked = NumberMarking.mark(text, arena: self.arena)
        var source = JanssonSource(text: marked, arena: self.arena)
        var error = json_error_t()
        let value = self.load(&source, &error)
        guard !self.arena.isExhausted else {
            throw JSONRefusal(.tooLarge, self.memoryMessage, at: text.count, of: text)
        }
        guard let value else {
            self.arena.empty()
            try self.judge(text)
            throw JSONRefusal(.syntax, "expected a JSON text", at: text.count, of: text)
        }
        tape.limit(bytes: self.memory - self.arena.byteCount)
        switch self.append(value, into: &tape, depth: self.depth) {
        case .done: return
        case .tooLarge:
            throw JSONRefusal(.tooLarge, self.memoryMessage, at: text.count, of: text)
        case .numberAsKey:
            self.arena.empty()
            try self.judge(text)
            throw JSONRefusal(.syntax, "expected a string as key", at: text.count, of: text)
        }
    }

    /// Lets jansson say what is wrong with a text, or return if nothing is.
    func judge(_ text: UnsafeRawBufferPointer) throws(JSONRefusal) {
        try self.checkDepth(text)
        var source = JanssonSource(text: text, arena: self.arena)
        var error = json_error_t()
        let value = self.load(&source, &error)
        let isExhausted = self.arena.isExhausted
        self.arena.empty()
        if isExhausted {
            throw JSONRefusal(.tooLarge, self.memoryMessage, at: text.count, of: text)
        }
        guard value == nil else { return }
        let message = withUnsafeBytes(of: &error.text) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let position = max(Int(error.position), 0)
        guard !message.isEmpty else {
            throw JSONRefusal(.syntax, "expected a JSON text", at: position, of: text)
        }
        throw JSONRefusal(.syntax, message, at: position, of: text)
    }

    private func load(
        _ source: inout JanssonSource,
        _ error: inout json_error_t
    ) -> UnsafeMutablePointer<json_t>? {
        withUnsafeMutablePointer(to: &source) { source in
            self.arena.enter {
                json_load_callback(
                    { buffer, count, source in
                        guard let buffer, let source else { return 0 }
                        let place = source.assumingMemoryBound(to: JanssonSource.self)
                        return place.pointee.next(.init(start: buffer, count: count))
                    },
                    source,
                    Self.flags,
                    &error
                )
            }
        }
    }

    /// Refuses a text that nests too deep before jansson recurses into it.
    ///
    /// Only strings and brackets are looked at: a text that is not JSON is refused later.
    private func checkDepth(_ text: UnsafeRawBufferPointer) throws(JSONRefusal) {
        var depth = 0
        var isString = false
        var index = 0
        while index < text.count {
            let byte = text[index]
            index &+= 1
            if isString {
                if byte == UInt8(ascii: "\\") { index &+= 1 }
                if byte == UInt8(ascii: "\"") { isString = false }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth &+= 1
                guard depth <= self.depth else {
                    throw JSONRefusal(.tooDeep, self.depthMessage, at: index, of: text)
                }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth &-= 1
            default: break
            }
        }
    }

    // MARK: - From tree to tape

    private enum Outcome {
        case done
        case tooLarge
        /// `{1: 2}`, which marking has made an object.
        case numberAsKey
    }

    /// Appends a value of a marked text.
    ///
    /// Recurses once a level; `checkDepth` has bounded the levels.
    private func append(
        _ value: UnsafeMutablePointer<json_t>,
        into tape: inout JSONTape,
        depth: Int
    ) -> Outcome {
        switch value.pointee.type {
        case JSON_NULL: return tape.append(.null, nil, 0) ? .done : .tooLarge
        case JSON_TRUE: return tape.append(.true, nil, 0) ? .done : .tooLarge
        case JSON_FALSE: return tape.append(.false, nil, 0) ? .done : .tooLarge
        case JSON_STRING:
            guard let marked = json_string_value(value) else { return .tooLarge }
            let text = UnsafeRawBufferPointer(start: marked, count: json_string_length(value))
            guard let kind = NumberMarking.kind(of: text) else { return .tooLarge }
            let place = UnsafeRawPointer(marked) + 1
            return tape.append(kind, place, text.count - 1) ? .done : .tooLarge
        case JSON_ARRAY:
            let index = tape.count
            guard depth > 0, tape.append(.array, nil, 0) else { return .tooLarge }
            let count = json_array_size(value)
            for position in 0..<count {
                guard let element = json_array_get(value, position) else { return .tooLarge }
                let outcome = self.append(element, into: &tape, depth: depth - 1)
                guard case .done = outcome else { return outcome }
            }
            tape.close(index, count: count)
            return .done
        case JSON_OBJECT:
            let index = tape.count
            guard depth > 0, tape.append(.object, nil, 0) else { return .tooLarge }
            var member = json_object_iter(value)
            while let place = member {
                guard let key = json_object_iter_key(place),
                    let element = json_object_iter_value(place)
                else { return .tooLarge }
                let marked = UnsafeRawBufferPointer(
                    start: key,
                    count: json_object_iter_key_len(place)
                )
                guard NumberMarking.kind(of: marked) == .string else { return .numberAsKey }
                guard tape.append(.string, UnsafeRawPointer(key) + 1, marked.count - 1) else {
                    return .tooLarge
                }
                let outcome = self.append(element, into: &tape, depth: depth - 1)
                guard case .done = outcome else { return outcome }
                member = json_object_iter_next(value, place)
            }
            tape.close(index, count: json_object_size(value))
            return .done
        default:
            // Integers and reals do not occur: every number was marked.
            return .tooLarge
        }
    }
}

/// The text that jansson asks for piece by piece, which ends when the arena is exhausted.
struct JanssonSource {
    let text: UnsafeRawBufferPointer
    let arena: JSONArena
    var position = 0

    /// Fills `buffer`; 0 at the end.
    mutating func next(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard !self.arena.isExhausted else { return 0 }
        let count = min(buffer.count, self.text.count - self.position)
        guard count > 0 else { return 0 }
        buffer.copyMemory(
            from: UnsafeRawBufferPointer(
                rebasing: self.text[self.position..<self.position + count]
            )
        )
        self.position += count
        return count
    }
}
