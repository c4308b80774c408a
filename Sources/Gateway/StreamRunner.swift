internal import BackendChannel
internal import Bytes
internal import Compression
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import Telemetry
internal import Transcoding

/// Carries one request with a stream on either side: feeds its machine and does what it orders.
///
/// What every exchange has (connection, call, facts, record) stays with the ``ExchangeRunner`` that
/// the request began on. This one has what streams have beyond that: the request is cut into
/// messages as it arrives, the answer leaves message by message, each side is held when the other
/// cannot follow, and time is counted from one message to the next.
final class StreamRunner: ExchangeEvents, CallEvents {
    // Strong, though worker and snapshot keep the runner too: to read a `let` counts no reference,
    // to read one that is unowned counts two. `Snapshot.letGo()` ends the circle.
    let worker: Worker
    let snapshot: Snapshot
    /// What every exchange has; nil between streams.
    private(set) var exchange: ExchangeRunner?
    var machine = StreamMachine(clientStreams: false, serverStreams: false, hasBegun: false)
    /// Of the HTTP request, or of a WebSocket that is not open.
    var bodyForm = StreamBodyForm.whole
    var splitter = JSONSplitter(limit: 0)
    /// Messages of the request so far.
    var requestMessages = 0
    var writer = StreamWriter(.ndjson)
    /// How messages are printed in the answer's format.
    var profile = JSONProfile()
    /// The conversation of a WebSocket; nil for a stream over HTTP.
    var socket: WebSocketTalk?
    /// Whether the client wants the call's status in the trailer section.
    var wantsTrailers = false
    /// Codes the answer; nil for a plain one.
    var compressor: Compressor?
    /// Whether the compressor has failed, so that the answer has no good end.
    var isCoderBroken = false
    let timer = StreamTimer()
    /// When a message last came from either side, and when something last left for the client.
    var lastMessage = Instant(nanoseconds: 0)
    var lastWrite = Instant(nanoseconds: 0)
    /// Its place in the worker's table of streams; kept by the table.
    var listIndex = -1

    init(worker: Worker, snapshot: Snapshot) {
        self.worker = worker
        self.snapshot = snapshot
        self.timer.runner = self
    }

    // MARK: - Begin

    /// Takes over an exchange whose head is fine and whose call is filled.
    ///
    /// - Parameters:
    ///   - exchange: where the request began.
    ///   - head: of the request.
    ///   - socket: the conversation, if the connection has become a WebSocket.
    /// - Returns: who takes the body; nil when the exchange has ended already.
    func begin(
        _ exchange: ExchangeRunner,
        _ head: RequestHead,
        socket: WebSocketTalk?
    ) -> (any ExchangeEvents)? {
        let plan = exchange.plan
        guard let stream = plan.stream, let connection = exchange.connection,
            let call = exchange.call
        else { return nil }
        self.exchange = exchange
        self.socket = socket
        self.machine = StreamMachine(
            clientStreams: stream.clientStreams,
            serverStreams: stream.serverStreams,
            isHead: exchange.facts.isHead,
            hasBegun: socket != nil
        )
        self.bodyForm = StreamBodyForm(of: head, for: plan)
        let format =
            plan.rawAnswer == nil ? StreamFormat.chosen(by: head, route: stream.format) : .raw
        self.writer = StreamWriter(
            format,
            retryMilliseconds: self.snapshot.plans.streams.retry
        )
        self.profile = socket == nil ? format.profile(of: plan.profile) : plan.profile.onOneLine
        self.wantsTrailers = head.contains(token: "trailers", in: .te)
        self.requestMessages = 0
        call.events = self
        call.streamsRequest = stream.clientStreams
        connection.bodyLimit = plan.requestLimit
        connection.bodyIsStream = stream.clientStreams
        // A frame is a message, which its decoder has measured already.
        exchange.bytes.limit = socket == nil ? plan.bodyLimit : plan.messageLimit
        if case .values(let form) = self.bodyForm {
            self.splitter.reset(form: form ?? .array, limit: plan.messageLimit)
        }
        self.worker.streams.add(self)
        self.startClock()
        self.run(self.machine.begun())
        if socket != nil { self.beginTalk() }
        return self.exchange == nil ? nil : self
    }

    var plan: RoutePlan? { self.exchange?.plan }

    // MARK: - The client's events

    func bodyReceived(_ bytes: UnsafeRawBufferPointer) {
        self.exchange?.record.bytesIn += bytes.count
        if let socket = self.socket {
            self.takeFrames(bytes, socket)
        } else {
            self.takeBody(bytes)
        }
    }

    func bodyEnded() {
        self.finishBody()
    }

    func bodyRefused(_ refusal: HTTPMessages.Refusal) {
        self.run(self.machine.failed(Failures.refused(refusal)))
    }

    func clientGone() {
        self.run(self.machine.clientGone())
    }

    func answerDrained() {
        guard let exchange = self.exchange else { return }
        self.lastMessage = LoopClock.now
        exchange.call?.resumeAnswer()
    }

    func drainBegan() {
        // It has the drain's time; then `shutDown` tells it.
    }

    // MARK: - The backend's events

    func callStarted(_ call: BackendCall) {}

    func callReceivedHeaders(_ call: BackendCall) {
        self.run(self.machine.headersReceived())
    }

    func callReceivedMessage(_ call: BackendCall, _ message: UnsafeRawBufferPointer) {
        self.lastMessage = LoopClock.now
        switch self.machine.messageReceived() {
        case .keepMessage:
            self.keep(message)
        case .beginAnswer:
            self.writeFirst(message)
        case .continueAnswer:
            self.write(message)
        case let order:
            self.run(order)
        }
    }

    func callRequestDrained(_ call: BackendCall) {
        self.exchange?.connection?.resumeBody()
    }

    func callEnded(_ call: BackendCall, failure: Failure?) {
        self.run(self.machine.callEnded(failure))
    }

    // MARK: - Orders

    func run(_ order: StreamMachine.Order) {
        guard let exchange = self.exchange else { return }
        switch order {
        case .nothing, .keepMessage, .beginAnswer, .continueAnswer:
            break
        case .encodeRequest:
            self.encodeRequest(exchange)
        case .startCall:
            guard exchange.submitCall() else {
                self.run(self.machine.callEnded(Failures.expiredBeforeCall))
                return
            }
        case .endRequest:
            exchange.call?.finishRequest()
        case .sendAnswer:
            self.release()
            exchange.sendAnswer()
        case .endAnswer(let hasBegun):
            if !hasBegun { self.writeHead(first: nil) }
            self.endAnswer(nil)
        case .answerHead(let cancelsCall):
            // The call's metadata are in the head: it is let go of afterwards.
            self.writeHead(first: nil)
            if cancelsCall { exchange.cancelCall() }
            self.endHeadAnswer()
        case .failAnswer(let failure, let cancelsCall):
            if cancelsCall { exchange.cancelCall(for: failure) }
            self.endAnswer(failure)
        case .refuse(let failure, let cancelsCall):
            if cancelsCall { exchange.cancelCall(for: failure) }
            self.release()
            exchange.refuse(failure)
        case .vanish(let cancelsCall):
            if cancelsCall { exchange.cancelCall() }
            self.release()
            exchange.end(status: 499, code: .cancelled, cause: "client_gone")
        }
    }

    /// Ends the stream, for the gateway's own reasons.
    func end(_ failure: Failure) {
        self.run(self.machine.failed(failure))
    }

    /// Ends the stream because the gateway stops.
    func shutDown() {
        self.socket?.closeCode = .goingAway
        self.end(Failures.draining)
    }

    /// Bytes held for the stream: what the client has not taken, what the backend has not, and what
    /// is not whole yet.
    var heldBytes: Int {
        guard let exchange = self.exchange else { return 0 }
        var bytes = exchange.bytes.count + self.splitter.gatheredBytes
        if case .file(let form) = self.bodyForm { bytes += form.heldBytes }
        if let socket = self.socket { bytes += socket.decoder.gatheredBytes }
        if let connection = exchange.connection {
            bytes += connection.unsentBytes + connection.unreadBytes
        }
        if let call = exchange.call { bytes += call.heldBytes }
        return bytes
    }

    private func encodeRequest(_ exchange: ExchangeRunner) {
        if let fault = exchange.encodeMessage() {
            exchange.facts.violations = fault.violations
            self.run(self.machine.failed(fault.failure))
            return
        }
        self.requestMessages = 1
        self.run(self.machine.requestEncoded())
    }

    private func keep(_ message: UnsafeRawBufferPointer) {
        guard let exchange = self.exchange else { return }
        exchange.bytes.limit = .max
        exchange.bytes.removeAll()
        exchange.bytes.append(message)
    }

    /// Lets go of the exchange, which goes on without streams or ends.
    func release() {
        self.worker.timers.disarm(self.timer)
        self.worker.streams.remove(self)
        self.exchange = nil
        self.socket = nil
        self.bodyForm = .whole
        self.splitter.reset(form: .array, limit: 0)
        self.releaseCompressor()
        self.snapshot.giveBack(self)
    }
}
