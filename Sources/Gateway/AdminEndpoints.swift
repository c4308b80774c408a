internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import HTTPMessages
internal import NIOCore

/// The admin listener's answers: `/healthz`, `/readyz`, `/metrics`, `/routes`.
///
/// It stands on the same front door as the public listeners, on one loop.
final class AdminEndpoints: RequestReceiver {
    private let readiness: Readiness
    private let availability: BackendAvailability
    /// The compiled routes.
    var routesJSON: [UInt8]
    /// Asks all loops for their counters; completes on the admin's loop.
    ///
    /// Nil while starting.
    var metrics: (() -> EventLoopFuture<[UInt8]>)?
    private var head = OutputBuffer(capacity: 256)
    private var output = OutputBuffer(capacity: 4096, headroom: 512)

    init(
        readiness: Readiness,
        availability: BackendAvailability,
        routesJSON: [UInt8]
    ) {
        self.readiness = readiness
        self.availability = availability
        self.routesJSON = routesJSON
    }

    func requestReceived(
        _ head: RequestHead,
        on connection: ClientConnection
    ) -> (any ExchangeEvents)? {
        guard head.method == .get || head.method == .head else {
            self.answer(connection, head, 405, "only GET is answered here\n")
            return nil
        }
        switch String(decoding: head.path, as: UTF8.self) {
        case "/healthz":
            self.answer(connection, head, 200, "ok\n")
        case "/readyz":
            self.answerReadiness(connection, head)
        case "/routes":
            self.answer(connection, head, 200, self.routesJSON, type: "application/json")
        case "/metrics":
            return self.answerMetrics(connection, head)
        default:
            self.answer(connection, head, 404, "try /healthz, /readyz, /metrics or /routes\n")
        }
        return nil
    }

    func requestRefused(_ refusal: Refusal, on connection: ClientConnection) {
        self.answer(connection, isHead: false, refusal.status, Array("\(refusal.reason)\n".utf8))
    }

    func connectionsChanged(to count: Int) {}

    private func answerReadiness(_ connection: ClientConnection, _ head: RequestHead) {
        let state = self.readiness.state
        let missing = state == .ready ? self.availability.missing : []
        let isReady = state == .ready && missing.isEmpty
        let text =
            missing.isEmpty
            ? "\(state.word)" : "unavailable: \(missing.joined(separator: ", "))"
        self.answer(connection, head, isReady ? 200 : 503, "\(text)\n")
    }

    private func answerMetrics(
        _ connection: ClientConnection,
        _ head: RequestHead
    ) -> (any ExchangeEvents)? {
        guard let metrics = self.metrics else {
            self.answer(connection, head, 503, "starting\n")
            return nil
        }
        let exchange = AdminExchange(connection: connection)
        let isHead = head.method == .head
        metrics().assumeIsolated().whenComplete { result in
            guard let connection = exchange.connection else { return }
            switch result {
            case .success(let text):
                self.answer(
                    connection,
                    isHead: isHead,
                    200,
                    text,
                    type: "text/plain; version=0.0.4; charset=utf-8"
                )
            case .failure:
                self.answer(connection, isHead: isHead, 503, Array("stopping\n".utf8))
            }
        }
        return exchange
    }

    private func answer(
        _ connection: ClientConnection,
        _ head: RequestHead,
        _ status: UInt16,
        _ text: String
    ) {
        self.answer(connection, isHead: head.method == .head, status, Array(text.utf8))
    }

    private func answer(
        _ connection: ClientConnection,
        _ head: RequestHead,
        _ status: UInt16,
        _ body: [UInt8],
        type: StaticString
    ) {
        self.answer(connection, isHead: head.method == .head, status, body, type: type)
    }

    private func answer(
        _ connection: ClientConnection,
        isHead: Bool,
        _ status: UInt16,
        _ body: [UInt8],
        type: StaticString = "text/plain; charset=utf-8"
    ) {
        self.head.removeAll()
        self.output.removeAll()
        ResponseWriter.statusLine(status, into: &self.head)
        ResponseWriter.field("content-type", type, into: &self.head)
        ResponseWriter.field("content-length", decimal: body.count, into: &self.head)
        ResponseWriter.field("cache-control", "no-store", into: &self.head)
        if !connection.persistsAfterAnswer {
            ResponseWriter.field("connection", "close", into: &self.head)
        }
        ResponseWriter.end(into: &self.head)
        if !isHead { self.output.append(body) }
        self.head.withUnsafeBytes { self.output.prepend($0) }
        connection.write(self.output)
        connection.finish()
    }
}

/// An admin request whose answer takes a round through the loops.
private final class AdminExchange: ExchangeEvents {
    private(set) var connection: ClientConnection?

    init(connection: ClientConnection) {
        self.connection = connection
    }

    func bodyReceived(_ bytes: UnsafeRawBufferPointer) {}
    func bodyEnded() {}
    func answerDrained() {}
    func drainBegan() {}

    func bodyRefused(_ refusal: Refusal) {
        self.connection?.abort()
        self.connection = nil
    }

    func clientGone() {
        self.connection = nil
    }
}
