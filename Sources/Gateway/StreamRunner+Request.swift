internal import BackendChannel
internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import Transcoding

/// The request of a stream: its body becomes messages as it arrives.
extension StreamRunner {
    /// Takes a piece of the body of an HTTP request.
    func takeBody(_ bytes: UnsafeRawBufferPointer) {
        if let decoder = self.exchange?.decoder {
            self.takeCoded(bytes, decoder)
        } else {
            self.takePlain(bytes)
        }
    }

    /// Takes a piece of the content of the body.
    func takePlain(_ bytes: UnsafeRawBufferPointer) {
        guard let exchange = self.exchange else { return }
        switch self.bodyForm {
        case .whole where exchange.facts.takesBody:
            exchange.bytes.append(bytes)
        case .whole, .none:
            self.run(self.machine.failed(Failures.unexpectedBody))
        case .values(let form):
            guard form == nil, !self.tellForm(bytes) else {
                self.takeValues(bytes)
                return
            }
        case .pieces, .chunks:
            self.takePieces(bytes)
        case .file(let form):
            self.takeForm(bytes, form)
        }
    }

    /// The body is whole, or a WebSocket's request has no further message.
    func finishBody() {
        if let failure = self.exchange?.endDecoding() {
            self.run(self.machine.failed(failure))
            return
        }
        switch self.bodyForm {
        case .whole:
            break
        case .pieces, .chunks:
            // An empty file is a file: what path and query bind, and its type, have a message.
            if self.requestMessages == 0 { self.add(Self.nothing) }
        case .file(let form):
            guard self.endForm(form) else { return }
            if self.requestMessages == 0 { self.add(Self.nothing) }
        case .none:
            self.add(Self.nothing)
        case .values:
            do throws(TranscodingError) {
                if let value = try self.splitter.end() { self.add(value) }
            } catch {
                self.refuseValue(error)
                return
            }
        }
        self.sendMessages()
        self.run(self.machine.requestEnded())
    }

    static var nothing: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Tells the form of a body without a Content-Type by its first byte: `[` begins an array, all
    /// else is a value a line.
    ///
    /// - Returns: whether the bytes tell it; blank ones do not.
    private func tellForm(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let form = JSONSplitter.Form(toldBy: bytes) else { return false }
        self.bodyForm = .values(form)
        self.splitter.reset(form: form, limit: self.splitter.limit)
        return true
    }

    private func takeValues(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        do throws(TranscodingError) {
            while !self.machine.isFinished, let value = try self.splitter.next(&rest) {
                self.add(value)
            }
        } catch {
            // What came in front of it has its answers, maybe, and they are on their way.
            self.sendMessages()
            self.refuseValue(error)
            return
        }
        self.sendMessages()
    }

    private func refuseValue(_ error: TranscodingError) {
        self.run(self.machine.failed(Failures.untranscodable(error)))
    }

    /// Appends one message to the call's request; `sendMessages` must follow.
    ///
    /// What path and query bind goes into the first message only.
    ///
    /// - Parameter body: a JSON value, or a piece of a raw body.
    func add(_ body: UnsafeRawBufferPointer) {
        self.addMessage { exchange, output in self.encode(body, exchange, into: &output) }
    }

    /// Appends one message behind its prefix, or ends the stream because of it.
    ///
    /// - Parameter write: appends the message; what it says is wrong with it ends the stream.
    func addMessage(
        _ write: (ExchangeRunner, inout OutputBuffer) -> RequestMessage.Fault?
    ) {
        guard let exchange = self.exchange, let call = exchange.call else { return }
        let start = call.request.count
        call.request.limit = start + MessagePrefix.length + exchange.plan.messageLimit
        let prefix = MessagePrefix.reserve(in: &call.request)
        let fault = write(exchange, &call.request)
        self.requestMessages += 1
        guard fault == nil, !call.request.isOverLimit else {
            call.request.limit = .max
            call.request.truncate(to: start)
            self.refuseMessage(fault, exchange)
            return
        }
        MessagePrefix.fill(in: &call.request, at: prefix)
        self.lastMessage = LoopClock.now
        if self.requestMessages == 1 {
            exchange.values.removeAll()
            exchange.facts.contentType.removeAll()
        }
    }

    private func refuseMessage(_ fault: RequestMessage.Fault?, _ exchange: ExchangeRunner) {
        guard let fault else {
            let reason = "message \(self.requestMessages) is over its limit"
            self.run(self.machine.failed(Failures.messageTooLarge(reason)))
            return
        }
        exchange.facts.violations = fault.violations
        var failure = fault.failure
        failure.message = "message \(self.requestMessages): \(failure.message)"
        self.run(self.machine.failed(failure))
    }

    private func encode(
        _ body: UnsafeRawBufferPointer,
        _ exchange: ExchangeRunner,
        into output: inout OutputBuffer
    ) -> RequestMessage.Fault? {
        let field = self.takesChunks ? exchange.plan.stream?.chunkField : nil
        let fault = exchange.facts.contentType.withUnsafeBytes { contentType in
            RequestMessage.encode(
                exchange.plan,
                format: self.format(exchange.plan),
                contentType: contentType,
                body: field == nil ? body : Self.nothing,
                values: exchange.values,
                query: &self.worker.query,
                transcoder: self.snapshot.requests,
                into: &output
            )
        }
        if fault == nil { field?.append(body, to: &output) }
        return fault
    }

    /// Whether a message is a piece of a file for the field that `stream_body` names, if it names one.
    private var takesChunks: Bool {
        switch self.bodyForm {
        case .chunks, .file: true
        case .whole, .none, .values, .pieces: false
        }
    }

    private func format(_ plan: RoutePlan) -> RequestFormat {
        switch self.bodyForm {
        case .pieces: .raw
        case .file where plan.stream?.chunkField == nil: .raw
        case .file where plan.takesForm: .form
        case .whole, .none, .values, .chunks, .file: .json
        }
    }

    /// Lets what was added leave, and holds the client when the backend does not take it.
    func sendMessages() {
        guard let exchange = self.exchange, let call = exchange.call,
            call.streamsRequest
        else { return }
        call.requestGrew()
        if call.unsentBytes > BackendCall.fullMark { exchange.connection?.pauseBody() }
    }
}
