internal import BackendChannel
internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import Telemetry
internal import Transcoding

/// A stream over a WebSocket: a frame is a message, an empty text frame the client's half-close.
extension StreamRunner {
    /// Begins what needs no frame of the client's: the call of a method that takes one message and
    /// has it from path and query alone.
    func beginTalk() {
        guard let exchange = self.exchange, let socket = self.socket else { return }
        let plan = exchange.plan
        guard !plan.takesBody || plan.stream?.chunkField != nil else { return }
        socket.isHalfClosed = true
        if self.bodyForm == .none {
            self.finishBody()
        } else {
            self.run(self.machine.requestEnded())
        }
    }

    /// Takes what came from the client, however it is cut.
    func takeFrames(_ bytes: UnsafeRawBufferPointer, _ socket: WebSocketTalk) {
        var rest = bytes
        var hasMessage = false
        while self.exchange != nil, !self.machine.isFinished {
            switch socket.decoder.next(&rest) {
            case .needsMore:
                if hasMessage { self.sendMessages() }
                return
            case .text(let text):
                hasMessage = true
                self.take(text, isText: true, socket)
            case .binary(let bytes):
                hasMessage = true
                self.take(bytes, isText: false, socket)
            case .ping(let bytes):
                self.answerPing(bytes, socket)
            case .pong:
                self.checkControlFrames(socket)
            case .close(let code, _):
                self.clientClosed(code, socket)
                return
            case .violation(.tooBig, let reason):
                self.fail(Failures.messageTooLarge("\(reason)"), .tooBig, socket)
                return
            case .violation(let code, let reason):
                self.fail(Failures.webSocket("\(reason)"), code, socket)
                return
            }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, isText: Bool, _ socket: WebSocketTalk) {
        guard let exchange = self.exchange else { return }
        guard !socket.isHalfClosed else {
            self.fail(Failures.extraMessage, .policyViolation, socket)
            return
        }
        if isText, bytes.isEmpty {
            socket.isHalfClosed = true
            self.endRequest(exchange)
            return
        }
        guard !isText || bytes.contains(where: { $0 > 0x20 }) else {
            let blank = TranscodingError(
                .syntax,
                "message \(self.requestMessages + 1): expected JSON, found blanks"
            )
            self.run(self.machine.failed(Failures.untranscodable(blank)))
            return
        }
        guard isText == (socket.subprotocol == .json) else {
            let expected = socket.subprotocol == .json ? "text" : "binary"
            self.fail(
                Failures.webSocket("expected \(expected) frames, as the subprotocol has them"),
                .unsupported,
                socket
            )
            return
        }
        if exchange.plan.stream?.clientStreams == true {
            if isText { self.add(bytes) } else { self.add(binary: bytes) }
        } else {
            socket.isHalfClosed = true
            self.takeOnly(bytes, isText: isText, exchange)
        }
    }

    /// The one message of a method that takes one.
    private func takeOnly(
        _ bytes: UnsafeRawBufferPointer,
        isText: Bool,
        _ exchange: ExchangeRunner
    ) {
        if isText {
            exchange.bytes.append(bytes)
            self.run(self.machine.requestEnded())
        } else {
            self.add(binary: bytes)
            self.run(self.machine.requestEncoded())
        }
    }

    private func endRequest(_ exchange: ExchangeRunner) {
        guard exchange.plan.stream?.clientStreams == true else {
            self.run(self.machine.requestEnded())
            return
        }
        self.sendMessages()
        self.run(self.machine.requestEnded())
    }

    /// Appends a message that is protobuf already, with what path and query bind behind it.
    private func add(binary message: UnsafeRawBufferPointer) {
        self.addMessage { exchange, output in
            output.append(message)
            guard self.requestMessages == 0 else { return nil }
            // Of a field that stands twice the last one counts: the path is authoritative.
            return RequestMessage.encode(
                exchange.plan,
                format: .json,
                contentType: Self.nothing,
                body: Self.nothing,
                values: exchange.values,
                query: &self.worker.query,
                transcoder: self.snapshot.requests,
                into: &output
            )
        }
    }

    // MARK: - Control frames

    private func answerPing(_ bytes: UnsafeRawBufferPointer, _ socket: WebSocketTalk) {
        self.checkControlFrames(socket)
        // A client that does not read gets no further pongs: it may send as many pings as it likes.
        guard let connection = self.exchange?.connection, connection.canTakeMore else { return }
        connection.append { WebSocketWriter.pong(bytes, into: &$0) }
    }

    private func checkControlFrames(_ socket: WebSocketTalk) {
        guard socket.decoder.controlFrames > WebSocketTalk.mostControlFrames else { return }
        self.fail(
            Failures.webSocket("too many control frames without a message"),
            .policyViolation,
            socket
        )
    }

    private func clientClosed(_ code: WebSocketCloseCode?, _ socket: WebSocketTalk) {
        guard let connection = self.exchange?.connection else { return }
        connection.append { WebSocketWriter.close(code, into: &$0) }
        self.run(self.machine.clientGone())
        connection.finish()
    }

    private func fail(_ failure: Failure, _ code: WebSocketCloseCode, _ socket: WebSocketTalk) {
        socket.closeCode = code
        self.run(self.machine.failed(failure))
    }

    // MARK: - Frames out

    /// Prints a message as a frame; after an error nothing of it is there.
    func printFrame(
        _ message: UnsafeRawBufferPointer,
        _ plan: RoutePlan,
        _ socket: WebSocketTalk,
        into output: inout OutputBuffer
    ) throws(TranscodingError) {
        guard socket.subprotocol == .json else {
            WebSocketWriter.message(.binary, message, into: &output)
            return
        }
        if let reader = plan.rawAnswer {
            WebSocketWriter.message(.binary, try reader.read(message).data, into: &output)
            return
        }
        let start = WebSocketWriter.openFrame(in: &output)
        do throws(TranscodingError) {
            try self.snapshot.responses.print(
                message,
                type: plan.outputType,
                profile: self.profile,
                field: plan.responseField,
                into: &output
            )
        } catch {
            output.truncate(to: start)
            throw error
        }
        WebSocketWriter.closeFrame(.text, at: start, in: &output)
    }

    func printPing(into output: inout OutputBuffer) {
        WebSocketWriter.ping(UnsafeRawBufferPointer(start: nil, count: 0), into: &output)
    }

    /// Says how the call ended: the error as a text frame, and a close frame.
    func endTalk(
        _ socket: WebSocketTalk,
        _ failure: Failure?,
        _ exchange: ExchangeRunner,
        _ connection: ClientConnection
    ) {
        connection.append { output in
            let start = output.count
            if let failure {
                let frame = WebSocketWriter.openFrame(in: &output)
                StreamWriter.printError(
                    failure,
                    facts: exchange.facts,
                    profile: self.profile,
                    printer: self.snapshot.responses,
                    into: &output
                )
                WebSocketWriter.closeFrame(.text, at: frame, in: &output)
            }
            WebSocketWriter.close(
                socket.closeCode ?? StreamClosure.code(of: failure),
                into: &output
            )
            exchange.record.bytesOut += output.count - start
        }
    }
}
