internal import BackendChannel
internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import Routing
internal import Telemetry
internal import Transcoding

/// The answers of an exchange: each is written whole, then sent in one write.
extension ExchangeRunner {
    func sendAnswer() {
        let worker = self.worker
        let plan = self.plan
        worker.output.removeAll()
        worker.head.removeAll()
        let status: UInt16
        let terms = self.terms
        do throws(TranscodingError) {
            status = try self.bytes.withUnsafeBytes { message throws(TranscodingError) in
                try AnswerContent.write(
                    message,
                    plan: plan,
                    facts: self.facts,
                    printer: self.snapshot.responses,
                    persists: self.persists,
                    date: self.date,
                    head: &worker.head,
                    body: &worker.output,
                    settle: terms.map { terms in
                        { type, body in self.settle(terms, type: type, &body) }
                    }
                )
            }
        } catch {
            self.refuse(Failures.unprintable(error))
            return
        }
        guard status < 400 else {
            self.refuse(Failures.preconditionFailed)
            return
        }
        self.appendMetadata(except: plan.success.headers, hiding: terms?.hidden ?? [])
        if let terms { self.appendFields(terms, isModified: status != 304) }
        self.bytes.withUnsafeBytes { message in
            for template in plan.success.headers {
                self.snapshot.fieldTexts.append(
                    template,
                    message: message,
                    type: plan.outputType,
                    to: &worker.head
                )
            }
        }
        self.send(status: status, code: .ok, cause: nil)
    }

    func answerOptions() {
        self.beginBare(status: 204)
        self.appendAllow()
        self.terms?.appendErrorFields(into: &self.worker.head)
        self.send(status: 204, code: .ok, cause: nil)
    }

    /// Begins an answer without content.
    func beginBare(status: UInt16) {
        let worker = self.worker
        worker.output.removeAll()
        worker.head.removeAll()
        AnswerHead.write(
            status: status,
            contentType: nil,
            contentLength: nil,
            facts: self.facts,
            persists: self.persists,
            date: self.date,
            into: &worker.head
        )
    }

    func refuse(_ failure: Failure) {
        let worker = self.worker
        worker.output.removeAll()
        worker.head.removeAll()
        ErrorAnswer.write(
            failure,
            facts: self.facts,
            printer: self.snapshot.responses,
            persists: self.persists,
            date: self.date,
            head: &worker.head,
            body: &worker.output
        )
        if failure.httpStatus == 405 { self.appendAllow() }
        if failure.httpStatus == 426 {
            WebSocketHandshake.appendVersionFields(into: &worker.head)
        }
        let hidden = self.terms?.hidden ?? []
        let hasChallenge = failure.origin == .backend && self.appendMetadata(hiding: hidden)
        if failure.httpStatus == 401, !hasChallenge {
            AnswerMetadata.appendChallenge(to: &worker.head)
        }
        self.terms?.appendErrorFields(into: &worker.head)
        self.send(
            status: failure.httpStatus,
            code: failure.code,
            cause: failure.origin == .backend ? nil : failure.cause
        )
    }

    /// Whether the connection stays open after this answer.
    var persists: Bool { self.connection?.persistsAfterAnswer ?? false }

    /// The moment for the answer's Date field.
    var date: HTTPDate { self.worker.date(of: self.record.wallSeconds) }

    /// Appends the allowed metadata of the call, of head and trailers; true when a challenge is among
    /// them.
    @discardableResult
    func appendMetadata(
        except headers: [FieldTemplate] = [],
        hiding hidden: HiddenFields = []
    ) -> Bool {
        guard let call = self.call else { return false }
        let worker = self.worker
        let isFirst = AnswerMetadata.append(
            call.initialMetadata,
            policy: self.snapshot.plans.responseMetadata,
            except: headers,
            hiding: hidden,
            to: &worker.head
        )
        let isLater = AnswerMetadata.append(
            call.trailingMetadata,
            policy: self.snapshot.plans.responseMetadata,
            except: headers,
            hiding: hidden,
            to: &worker.head
        )
        return isFirst || isLater
    }

    private func appendAllow() {
        guard let allow = self.facts.allow else { return }
        self.worker.head.append("allow: ")
        self.snapshot.plans.routes.appendAllow(allow, to: &self.worker.head)
        self.worker.head.append("\r\n")
    }

    /// Ends the head of an answer, with what the listener adds to all of them.
    func endHead() {
        self.connection?.appendOwnField(to: &self.worker.head)
        ResponseWriter.end(into: &self.worker.head)
    }

    /// Ends the head, puts it in front of the body and sends both in one write.
    func send(status: UInt16, code: StatusCode, cause: StaticString?) {
        let worker = self.worker
        self.endHead()
        if self.facts.isHead || status == 204 || status == 304 { worker.output.truncate(to: 0) }
        worker.head.withUnsafeBytes { worker.output.prepend($0) }
        self.record.bytesOut = worker.output.count
        let connection = self.connection
        connection?.write(worker.output)
        // The runner is free before the connection goes on to its next request.
        self.end(status: status, code: code, cause: cause)
        connection?.finish()
    }
}
