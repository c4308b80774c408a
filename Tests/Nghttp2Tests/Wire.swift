internal import Bytes
internal import Nghttp2

/// How bytes are cut on their way between two sessions.
enum Chunking: Sendable, CustomStringConvertible {
    case whole
    case single
    case random(seed: UInt64)

    var description: String {
        switch self {
        case .whole: "whole"
        case .single: "byte by byte"
        case .random(let seed): "random, seed \(seed)"
        }
    }

    func pieces(of bytes: [UInt8], dice: inout Dice) -> [ArraySlice<UInt8>] {
        switch self {
        case .whole: return [bytes[...]]
        case .single: return bytes.indices.map { bytes[$0...$0] }
        case .random:
            var pieces: [ArraySlice<UInt8>] = []
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + 1 + Int(dice.next() % 700))
                pieces.append(bytes[start..<end])
                start = end
            }
            return pieces
        }
    }
}

/// Repeatable dice (splitmix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// What one stream has been told, as lines.
struct Story {
    var lines: [String] = []
    var body: [UInt8] = []
    var ends: [StreamEnd] = []
}

func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

final class Call: ClientStream {
    var story = Story()
    var request: [UInt8] = []
    var sent = 0
    var isWithheld = false
    var failsBody = false
    weak var credits: ClientSession?
    var onData: (() -> Void)?

    override func receivedHeader(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        isTrailer: Bool
    ) {
        self.story.lines.append("\(isTrailer ? "T" : "H") \(text(name)): \(text(value))")
    }

    override func receivedHeadersEnd(isTrailer: Bool, endsStream: Bool) {
        self.story.lines.append("\(isTrailer ? "T" : "H") end\(endsStream ? " stream" : "")")
    }

    override func receivedData(_ bytes: UnsafeRawBufferPointer) {
        self.story.body.append(contentsOf: bytes)
        self.credits?.credit(self, bytes: bytes.count)
        self.onData?()
    }

    override func receivedDataEnd() { self.story.lines.append("D end") }

    override func closed(_ end: StreamEnd) {
        self.story.ends.append(end)
    }

    override func readBody(into space: UnsafeMutableRawBufferPointer) -> BodyRead {
        if self.failsBody { return .failed }
        if self.isWithheld { return .deferred }
        let count = min(space.count, self.request.count - self.sent)
        space.copyBytes(from: self.request[self.sent..<(self.sent + count)])
        self.sent += count
        return self.sent == self.request.count ? .end(count) : .bytes(count)
    }
}

final class Answer: ServerStream {
    var story = Story()
    var reply: [UInt8] = []
    var sent = 0
    var isWithheld = false
    /// Whether it answers each piece of the request as it comes.
    var isEcho = false
    private var isOver = false
    unowned let peer: Peer

    init(peer: Peer) {
        self.peer = peer
        super.init()
    }

    override func receivedHeader(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        isTrailer: Bool
    ) {
        self.story.lines.append("\(isTrailer ? "T" : "H") \(text(name)): \(text(value))")
    }

    override func receivedHeadersEnd(isTrailer: Bool, endsStream: Bool) {
        self.story.lines.append("\(isTrailer ? "T" : "H") end\(endsStream ? " stream" : "")")
        if endsStream { self.peer.requestEnded(self) }
    }

    override func receivedData(_ bytes: UnsafeRawBufferPointer) {
        self.story.body.append(contentsOf: bytes)
        self.peer.session?.credit(self, bytes: bytes.count)
        if self.isEcho { self.peer.session?.resume(self) }
    }

    override func receivedDataEnd() {
        guard self.isEcho else { return self.peer.requestEnded(self) }
        self.isOver = true
        self.peer.session?.resume(self)
    }

    override func closed(_ end: StreamEnd) {
        self.story.ends.append(end)
        self.peer.closed += 1
    }

    override func readBody(into space: UnsafeMutableRawBufferPointer) -> BodyRead {
        if self.isWithheld { return .deferred }
        if self.isEcho { self.reply = self.story.body }
        let count = min(space.count, self.reply.count - self.sent)
        space.copyBytes(from: self.reply[self.sent..<(self.sent + count)])
        self.sent += count
        if self.isEcho, !self.isOver { return .bytes(count) }
        return self.sent == self.reply.count ? .end(count) : .bytes(count)
    }
}

/// A server that answers each request when it has ended.
final class Peer: ServerSessionEvents {
    weak var session: ServerSession?
    var answers: [Answer] = []
    var closed = 0
    var head = HeaderBlock([(":status", "200"), ("content-type", "application/grpc")])
    var trailers: HeaderBlock? = HeaderBlock([("grpc-status", "0")])
    var onRequest: ((Answer) -> Void)?
    var keepsAnswers = true

    func requestBegan() -> ServerStream {
        let answer = Answer(peer: self)
        if self.keepsAnswers { self.answers.append(answer) }
        return answer
    }

    func requestEnded(_ answer: Answer) {
        if let onRequest = self.onRequest { return onRequest(answer) }
        answer.reply = answer.story.body
        self.answer(answer)
    }

    func answer(_ answer: Answer) {
        answer.trailers = self.trailers
        try? self.session?.respond(to: answer, self.head, hasBody: true)
    }
}

final class ClientLog: SessionEvents {
    var lines: [String] = []

    func settingsChanged(maxConcurrentStreams: UInt32) {
        self.lines.append("settings \(maxConcurrentStreams)")
    }

    func goAwayReceived(lastStreamID: Int32, errorCode: UInt32) {
        self.lines.append("goaway \(lastStreamID) \(errorCode)")
    }

    func pongReceived(payload: UInt64) { self.lines.append("pong \(payload)") }
}

/// A client's and a server's session with a wire of arrays between them.
final class Wire {
    let client: ClientSession
    let server: ServerSession
    let peer = Peer()
    let log = ClientLog()
    let chunking: Chunking
    var dice: Dice
    var toServer: [UInt8] = []
    var toClient: [UInt8] = []

    init(
        _ chunking: Chunking = .whole,
        client: SessionSettings = SessionSettings(),
        server: SessionSettings = SessionSettings()
    ) throws {
        self.chunking = chunking
        if case .random(let seed) = chunking {
            self.dice = Dice(state: seed)
        } else {
            self.dice = Dice(state: 0)
        }
        self.client = try ClientSession(settings: client)
        self.server = try ServerSession(settings: server, events: self.peer)
        self.peer.session = self.server
        self.client.events = self.log
    }

    /// Moves bytes until neither side has any; false when that does not come to an end.
    @discardableResult
    func run(rounds: Int = 10_000) throws -> Bool {
        for _ in 0..<rounds {
            let isClientIdle = try self.clientToServer()
            let isServerIdle = try self.serverToClient()
            if isClientIdle, isServerIdle { return true }
        }
        return false
    }

    func clientToServer() throws -> Bool {
        let bytes = try Self.drain(self.client)
        self.toServer += bytes
        for piece in self.chunking.pieces(of: bytes, dice: &self.dice) {
            try piece.withUnsafeBytes { try self.server.receive($0) }
        }
        return bytes.isEmpty
    }

    func serverToClient() throws -> Bool {
        let bytes = try Self.drain(self.server)
        self.toClient += bytes
        for piece in self.chunking.pieces(of: bytes, dice: &self.dice) {
            try piece.withUnsafeBytes { try self.client.receive($0) }
        }
        return bytes.isEmpty
    }

    static func drain(_ session: HTTP2Session) throws -> [UInt8] {
        var output = OutputBuffer()
        while try session.send(into: &output) {}
        return output.bytes()
    }
}

func requestHead(path: String = "/user.v1.UserService/GetUser") -> HeaderBlock {
    HeaderBlock([
        (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "users"),
        ("te", "trailers"), ("content-type", "application/grpc"),
    ])
}
