internal import Bytes
internal import HTTPMessages

@testable internal import FrontDoor

/// Takes requests as a gateway would: notes them, and answers when the test says so.
final class TestReceiver: RequestReceiver {
    /// When a request is answered.
    enum Habit {
        /// As soon as its head is there.
        case atHead
        /// At the first bytes of its body.
        case atFirstBytes
        /// When its body is complete.
        case atEnd
        /// When the test calls `answer`.
        case onDemand
    }

    var habit: Habit
    var bodyLimit = Int.max
    var bodyIsStream = false
    var answer = "ok"
    /// What an exchange does beside its habit, in the middle of its head and of its events.
    var atHead: ((TestExchange) -> Void)?
    var atBody: ((TestExchange) -> Void)?
    var atEvent: ((TestExchange, String) -> Void)?
    /// `GET /path` of each request, in order.
    private(set) var heads: [String] = []
    private(set) var exchanges: [TestExchange] = []
    private(set) var refusals: [Refusal] = []
    private(set) var counts: [Int] = []

    init(_ habit: Habit = .atEnd) {
        self.habit = habit
    }

    func requestReceived(
        _ head: RequestHead,
        on connection: ClientConnection
    ) -> (any ExchangeEvents)? {
        let method = String(decoding: head.methodBytes, as: UTF8.self)
        let path = String(decoding: head.path, as: UTF8.self)
        self.heads.append("\(method) \(path)")
        connection.bodyLimit = self.bodyLimit
        connection.bodyIsStream = self.bodyIsStream
        let exchange = TestExchange(self, connection)
        self.exchanges.append(exchange)
        self.atHead?(exchange)
        guard self.habit != .atHead else {
            exchange.answer()
            return nil
        }
        return exchange
    }

    func requestRefused(_ refusal: Refusal, on connection: ClientConnection) {
        self.refusals.append(refusal)
        TestExchange(self, connection).answer(status: refusal.status)
    }

    func connectionsChanged(to count: Int) {
        self.counts.append(count)
    }
}

/// One request, and every event that came after its head.
final class TestExchange: ExchangeEvents {
    private let receiver: TestReceiver
    let connection: ClientConnection
    private(set) var body: [UInt8] = []
    fileprivate(set) var events: [String] = []
    private(set) var largestPiece = 0
    /// Whether the answer comes in pieces.
    fileprivate(set) var isStream = false

    var clientAddress: [UInt8] { self.connection.clientAddress }

    init(_ receiver: TestReceiver, _ connection: ClientConnection) {
        self.receiver = receiver
        self.connection = connection
    }

    private func note(_ event: String) {
        self.events.append(event)
        self.receiver.atEvent?(self, event)
    }

    func bodyReceived(_ bytes: UnsafeRawBufferPointer) {
        if self.body.isEmpty { self.events.append("body") }
        self.body += bytes
        self.largestPiece = max(self.largestPiece, bytes.count)
        self.receiver.atBody?(self)
        if self.receiver.habit == .atFirstBytes, !self.events.contains("answered") {
            self.answer(status: 400)
        }
    }

    func bodyEnded() {
        self.note("end")
        if self.receiver.habit == .atEnd { self.answer() }
    }

    func bodyRefused(_ refusal: Refusal) {
        self.note("refused \(refusal.status)")
        if !self.isStream { self.answer(status: refusal.status) }
    }

    func clientGone() {
        self.note("gone")
    }

    func answerDrained() {
        self.note("drained")
    }

    func drainBegan() {
        self.note("drain")
    }

    /// Answers with the receiver's text, as HTTP/1.1 asks.
    func answer(status: UInt16 = 200) {
        self.events.append("answered")
        var output = OutputBuffer()
        let body = Array(self.receiver.answer.utf8)
        ResponseWriter.statusLine(status, into: &output)
        ResponseWriter.field("content-length", decimal: body.count, into: &output)
        if !self.connection.persistsAfterAnswer {
            ResponseWriter.field("connection", "close", into: &output)
        }
        ResponseWriter.end(into: &output)
        output.append(body)
        self.connection.write(output)
        self.connection.finish()
    }
}

/// Answers in pieces.
extension TestExchange {
    /// The head of the answer in pieces that `begin` makes, where the connection persists.
    static let streamHead = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

    func begin(_ framing: AnswerFraming = .chunked) {
        self.isStream = true
        var head = OutputBuffer()
        ResponseWriter.statusLine(200, into: &head)
        if case .chunked = framing {
            ResponseWriter.field("transfer-encoding", "chunked", into: &head)
        }
        if framing == .untilClose || !self.connection.persistsAfterAnswer {
            ResponseWriter.field("connection", "close", into: &head)
        }
        ResponseWriter.end(into: &head)
        self.connection.beginAnswer(head, framing: framing)
    }

    func upgrade() {
        self.isStream = true
        var head = OutputBuffer()
        head.append("HTTP/1.1 101 Switching Protocols\r\n\r\n")
        self.connection.upgrade(head)
    }

    func say(_ text: String) {
        self.connection.append { $0.append(utf8: text) }
    }

    func say(_ bytes: [UInt8]) {
        self.connection.append { $0.append(bytes) }
    }

    func end(trailers: [String] = []) {
        self.events.append("answered")
        guard !trailers.isEmpty else { return self.connection.endAnswer() }
        var lines = OutputBuffer()
        for trailer in trailers { lines.append(utf8: trailer + "\r\n") }
        self.connection.endAnswer(trailers: lines)
    }
}
