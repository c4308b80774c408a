/// Reads JSON texts of one event loop, one at a time.
///
/// A text becomes a flat list of tokens (`JSONTape`). Two engines fill it:
///
/// * `plain` reads what is plain JSON by itself, leaves each string with an escape to jansson, and
///   leaves a text that it does not take as a whole to jansson, whose verdict and words hold.
/// * `jansson` lets jansson read everything.
///
/// Both take the same texts and give the same tokens; the tests hold them against each other. The
/// reason for `plain` is measured: jansson 2.14 takes 14 ns a byte here, 140 us for a body of 10 KB
/// (every byte passes three calls of its lexer), also with an arena behind it, where `plain` takes
/// under a tenth. That alone is more than the gateway may spend on such a request.
///
/// Strict: RFC 8259 in UTF-8 without a byte order mark, one value, nothing but white space round it,
/// no key twice in an object, no NUL in a key.
///
/// A value that cannot be copied rather than a class, so that its owner accesses it once a text: the
/// run-time checks of exclusive access to a class's properties were half the cost of a small body.
public struct JSONReader: ~Copyable {
    public enum Engine: UInt8, Sendable {
        case plain
        case jansson
    }

    private let depth: Int
    private let memory: Int
    private let engine: Engine
    private let arena: JSONArena
    private var tape: JSONTape
    private var plain: PlainReader

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - depth: how deep arrays and objects may nest, the outermost counting 1.
    ///   - memory: the most bytes that one text may take beside itself; beyond: `.tooLarge`.
    ///   - engine: what reads; see the type.
    public init(depth: Int, memory: Int, engine: Engine = .plain) {
        self.depth = depth
        self.memory = memory
        self.engine = engine
        self.arena = JSONArena(limit: memory)
        self.tape = JSONTape(bytes: memory)
        self.plain = PlainReader(depth: depth)
        precondition(JanssonMemory.isInstalled)
    }

    /// Reads a text; the node is valid until the next call, and while `text` is.
    public mutating func read(_ text: UnsafeRawBufferPointer) throws(JSONRefusal) -> JSONNode {
        self.reset()
        let jansson = JanssonParser(arena: self.arena, depth: self.depth, memory: self.memory)
        switch self.engine {
        case .plain:
            switch self.plain.read(text, into: &self.tape, escapes: jansson) {
            case .done: break
            case .tooDeep(let position):
                throw JSONRefusal(.tooDeep, jansson.depthMessage, at: position, of: text)
            case .tooLarge(let position):
                throw JSONRefusal(.tooLarge, jansson.memoryMessage, at: position, of: text)
            case .other:
                self.reset()
                try jansson.judge(text)
                try jansson.read(text, into: &self.tape)
            }
        case .jansson:
            try jansson.read(text, into: &self.tape)
        }
        return JSONNode(token: self.tape.tokens)
    }

    /// Forgets what was read, and lets go of memory that only a large text needs.
    public mutating func reset() {
        self.tape.removeAll()
        self.arena.empty()
    }
}
