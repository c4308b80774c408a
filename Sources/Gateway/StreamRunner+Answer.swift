internal import BackendChannel
internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import Routing
internal import Telemetry
internal import Transcoding

/// The answer of a stream: a head, messages as they come, and a last element that tells how it
/// ended.
///
/// What is written in one turn of the loop leaves in one write; the connection gathers it.
extension StreamRunner {
    /// Writes the head; the messages follow.
    ///
    /// - Parameter message: the first message, for the fields that are made of it; nil without one.
    func writeHead(first message: UnsafeRawBufferPointer?) {
        guard let exchange = self.exchange, let connection = exchange.connection else { return }
        let worker = self.worker
        let plan = exchange.plan
        let isHTTP10 = exchange.facts.isHTTP10
        let terms = self.socket == nil ? exchange.terms : nil
        if let terms { self.decideCoding(terms, first: message, exchange) }
        worker.head.removeAll()
        AnswerHead.write(
            status: plan.success.status,
            contentType: nil,
            contentLength: nil,
            facts: exchange.facts,
            persists: exchange.persists && (!isHTTP10 || exchange.facts.isHead),
            date: exchange.date,
            into: &worker.head
        )
        if let message, let reader = plan.rawAnswer {
            self.writeType(of: message, reader)
        }
        self.writer.format.appendFields(into: &worker.head)
        exchange.appendMetadata(except: plan.success.headers, hiding: terms?.hidden ?? [])
        if let terms { exchange.appendFields(terms, isModified: true) }
        if let message {
            for template in plan.success.headers {
                self.snapshot.fieldTexts.append(
                    template,
                    message: message,
                    type: plan.outputType,
                    to: &worker.head
                )
            }
        }
        guard !exchange.facts.isHead else { return }
        if isHTTP10 {
            self.wantsTrailers = false
        } else {
            if self.wantsTrailers {
                ResponseWriter.field("trailer", "grpc-status, grpc-message", into: &worker.head)
            }
            ResponseWriter.field("transfer-encoding", "chunked", into: &worker.head)
        }
        exchange.endHead()
        exchange.record.bytesOut += worker.head.count
        connection.beginAnswer(worker.head, framing: isHTTP10 ? .untilClose : .chunked)
    }

    /// Writes the head and the first message, or answers with an error if it cannot be printed.
    func writeFirst(_ message: UnsafeRawBufferPointer) {
        guard let exchange = self.exchange, let connection = exchange.connection else { return }
        let worker = self.worker
        worker.output.removeAll()
        do throws(TranscodingError) {
            try self.print(message, exchange.plan, into: &worker.output)
        } catch {
            self.run(self.machine.answerUnprintable(Failures.unprintable(error)))
            return
        }
        self.machine.answerBegun()
        self.writeHead(first: message)
        connection.append { output in
            let start = output.count
            if let compressor = self.compressor {
                self.encode(compressor, isLast: false, into: &output)
            } else {
                worker.output.withUnsafeBytes { output.append($0) }
            }
            exchange.record.bytesOut += output.count - start
        }
        self.lastWrite = self.lastMessage
        if !connection.canTakeMore { exchange.call?.pauseAnswer() }
    }

    /// Writes one message, and holds the backend when the client does not take it.
    func write(_ message: UnsafeRawBufferPointer) {
        guard let exchange = self.exchange, let connection = exchange.connection else { return }
        let plan = exchange.plan
        var fault: TranscodingError?
        self.append(to: connection) { output in
            do throws(TranscodingError) {
                try self.print(message, plan, into: &output)
            } catch {
                fault = error
            }
        }
        self.lastWrite = self.lastMessage
        if self.isCoderBroken { fault = fault ?? Self.brokenCoder }
        if let fault {
            self.run(self.machine.answerUnprintable(Failures.unprintable(fault)))
        } else if !connection.canTakeMore {
            exchange.call?.pauseAnswer()
        }
    }

    private static let brokenCoder = TranscodingError(
        .backend,
        "the answer could not be compressed"
    )

    /// Prints a message in the answer's form; after an error nothing of it is there.
    private func print(
        _ message: UnsafeRawBufferPointer,
        _ plan: RoutePlan,
        into output: inout OutputBuffer
    ) throws(TranscodingError) {
        if let socket = self.socket {
            try self.printFrame(message, plan, socket, into: &output)
            return
        }
        if let reader = plan.rawAnswer {
            output.append(try reader.read(message).data)
            return
        }
        self.openElement(message, plan, into: &output)
        do throws(TranscodingError) {
            try self.snapshot.responses.print(
                message,
                type: plan.outputType,
                profile: self.profile,
                field: plan.responseField,
                into: &output
            )
        } catch {
            self.writer.cancelMessage(in: &output)
            throw error
        }
        self.writer.closeMessage(into: &output)
    }

    private func openElement(
        _ message: UnsafeRawBufferPointer,
        _ plan: RoutePlan,
        into output: inout OutputBuffer
    ) {
        guard self.writer.format == .sse, let stream = plan.stream,
            stream.eventID != nil || stream.eventName != nil
        else {
            self.writer.openMessage(into: &output)
            return
        }
        let texts = self.worker.eventTexts
        let hasID = texts.id(stream.eventID, of: message, plan.outputType, self.snapshot.fieldTexts)
        let hasName = texts.name(
            stream.eventName,
            of: message,
            plan.outputType,
            self.snapshot.fieldTexts
        )
        texts.withTexts { id, name in
            self.writer.openMessage(
                id: hasID ? id : nil,
                event: hasName ? name : nil,
                into: &output
            )
        }
    }

    /// The type of a download is the backend's word: one that is no field value tells nothing.
    private func writeType(of message: UnsafeRawBufferPointer, _ reader: HTTPBodyReader) {
        let type = (try? reader.read(message))?.contentType
        if let type, !type.isEmpty,
            ResponseWriter.field("content-type", type, into: &self.worker.head)
        {
            return
        }
        ResponseWriter.field("content-type", "application/octet-stream", into: &self.worker.head)
    }

    // MARK: - End

    /// Writes the last element, and the status as trailers for a client that wants it.
    ///
    /// - Parameter failure: how the stream ended; nil for OK.
    func endAnswer(_ failure: Failure?) {
        guard let exchange = self.exchange, let connection = exchange.connection else { return }
        let worker = self.worker
        let hasNoEnd = failure != nil && self.socket == nil && self.writer.format == .raw
        let isSocket = self.socket != nil
        if let socket = self.socket {
            self.endTalk(socket, failure, exchange, connection)
        } else if !hasNoEnd, !self.isCoderBroken {
            self.append(to: connection, isLast: true) { output in
                if let failure {
                    self.writer.fail(
                        failure,
                        facts: exchange.facts,
                        printer: self.snapshot.responses,
                        into: &output
                    )
                } else {
                    self.writer.end(into: &output)
                }
            }
        }
        let isBrokenOff = hasNoEnd || self.isCoderBroken
        worker.head.removeAll()
        if self.wantsTrailers, !isSocket { self.writeTrailers(failure, exchange) }
        let status = isSocket ? 101 : exchange.plan.success.status
        self.release()
        let isBackends = failure?.origin == .backend
        exchange.end(
            status: status,
            code: failure?.code ?? .ok,
            cause: isBackends ? nil : failure?.cause
        )
        if isBrokenOff {
            // Without the last chunk, so that nobody takes a part for the whole.
            connection.abort()
        } else if isSocket {
            connection.finish()
        } else {
            connection.endAnswer(trailers: worker.head)
        }
    }

    /// Sends the head alone, which `writeHead` has begun.
    func endHeadAnswer() {
        guard let exchange = self.exchange, let connection = exchange.connection else { return }
        let worker = self.worker
        exchange.endHead()
        exchange.record.bytesOut += worker.head.count
        connection.write(worker.head)
        let status = exchange.plan.success.status
        self.release()
        exchange.end(status: status, code: .ok, cause: nil)
        connection.finish()
    }

    private func writeTrailers(_ failure: Failure?, _ exchange: ExchangeRunner) {
        let worker = self.worker
        ResponseWriter.field(
            "grpc-status",
            decimal: Int(failure?.code.rawValue ?? 0),
            into: &worker.head
        )
        if let failure, !failure.message.isEmpty,
            exchange.facts.exposesDetails || !failure.code.isInternal
        {
            worker.output.removeAll()
            MessageText.append(failure.message, to: &worker.output)
            worker.output.withUnsafeBytes { text in
                _ = ResponseWriter.field("grpc-message", text, into: &worker.head)
            }
        }
        guard let call = exchange.call else { return }
        AnswerMetadata.append(
            call.trailingMetadata,
            policy: self.snapshot.plans.responseMetadata,
            to: &worker.head
        )
    }
}

extension StatusCode {
    /// Whether its text tells of the inside of a backend (`expose_details`).
    fileprivate var isInternal: Bool { self == .internal || self == .unknown }
}
