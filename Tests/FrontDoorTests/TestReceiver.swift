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
    var answer = "ok"
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
        let exchange = TestExchange(self, connection)
        self.exchanges.append(exchange)
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
    private let connection: ClientConnection
    private(set) var body: [UInt8] = []
    private(set) var events: [String] = []

    var clientAddress: [UInt8] { self.connection.clientAddress }

    init(_ receiver: TestReceiver, _ connection: ClientConnection) {
        self.receiver = receiver
        self.connection = connection
    }

    func bodyReceived(_ bytes: UnsafeRawBufferPointer) {
        if self.body.isEmpty { self.events.append("body") }
        self.body += bytes
        if self.receiver.habit == .atFirstBytes, !self.events.contains("answered") {
            self.answer(status: 400)
        }
    }

    func bodyEnded() {
        self.events.append("end")
        if self.receiver.habit == .atEnd { self.answer() }
    }

    func bodyRefused(_ refusal: Refusal) {
        self.events.append("refused \(refusal.status)")
        self.answer(status: refusal.status)
    }

    func clientGone() {
        self.events.append("gone")
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
