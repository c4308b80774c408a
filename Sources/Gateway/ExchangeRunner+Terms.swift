internal import BackendChannel
internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import OpenSSL
internal import Policies
internal import Routing
internal import Telemetry

/// What a route's policies make of an answer: cross-origin fields, entity tags, compression.
extension ExchangeRunner {
    /// Answers a browser's preflight without the backend (Fetch standard, 3.2.2).
    ///
    /// What a route without a policy is asked about is told plainly, as any OPTIONS.
    ///
    /// - Returns: false when it is none, or neither a policy nor a route speaks for it.
    func answerPreflight(_ head: RequestHead) -> Bool {
        let plans = self.snapshot.plans
        guard plans.hasCORS, CORSPolicy.isPreflight(head),
            let origin = CORSPolicy.origin(of: head),
            let method = head.first(.accessControlRequestMethod)
        else { return false }
        let worker = self.worker
        var policy = plans.answers?.cors
        var isRoute = false
        switch plans.routes.match(method: method, path: head.path, into: worker.captures) {
        case .route(let index):
            isRoute = true
            policy = plans.plans[index].answers?.cors
        case .methodNotAllowed: break
        case .notFound, .malformed: return false
        }
        if case .methodNotAllowed(let allow) = plans.routes.match(
            method: head.methodBytes,
            path: head.path,
            into: worker.captures
        ) {
            self.facts.allow = allow
        }
        guard let policy else {
            guard isRoute, self.facts.allow != nil else { return false }
            self.answerOptions()
            return true
        }
        self.beginBare(status: 204)
        worker.output.removeAll()
        if let allow = self.facts.allow {
            plans.routes.appendAllow(allow, to: &worker.output)
        } else {
            // The path takes OPTIONS, or any method, itself: what is asked for is all that is known.
            worker.output.append(method)
        }
        worker.output.withUnsafeBytes { methods in
            policy.appendPreflightFields(
                origin: origin,
                requestHeaders: head.first(.accessControlRequestHeaders),
                allowedMethods: methods,
                into: &worker.head
            )
        }
        self.send(status: 204, code: .ok, cause: nil)
        return true
    }

    /// Decides what becomes of a good answer before its head is written.
    ///
    /// Conditions are held against the plain content, so that nothing is compressed for a 304.
    ///
    /// - Parameters:
    ///   - terms: of the client.
    ///   - type: the content type.
    ///   - body: the content; compressed where that is decided.
    /// - Returns: the status; 304 for content that the client has, 412 for a condition that fails.
    func settle(
        _ terms: AnswerTerms,
        type: UnsafeRawBufferPointer,
        _ body: inout OutputBuffer
    ) -> UInt16 {
        let status = self.plan.success.status
        guard AnswerHead.allowsContent(status) else { return status }
        terms.decideCoding(
            type: type,
            size: body.count,
            cacheControl: self.backendField("cache-control")
        )
        if status == 200, terms.wantsTag {
            switch self.condition(terms, body) {
            case .proceed: break
            case .notModified: return 304
            case .failed: return 412
            }
        }
        if terms.coding != .identity { self.encode(&body, terms) }
        return status
    }

    private func condition(_ terms: AnswerTerms, _ body: borrowing OutputBuffer) -> Precondition {
        if let tag = self.backendTag { return terms.decide(backendTag: tag) }
        guard let digest = self.snapshot.sha256 else { return .proceed }
        let tag = withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { result in
            body.withUnsafeBytes { digest.compute($0, into: result) }
            return EntityTag(
                high: UInt64(bigEndian: result.load(as: UInt64.self)),
                low: UInt64(bigEndian: result.load(fromByteOffset: 8, as: UInt64.self))
            )
        }
        return terms.decide(tag: tag)
    }

    private func encode(_ body: inout OutputBuffer, _ terms: AnswerTerms) {
        let worker = self.worker
        worker.coded.removeAll()
        let isDone = body.withUnsafeBytes {
            worker.coders.encode($0, terms.coding, into: &worker.coded)
        }
        if isDone, worker.coded.count < body.count || terms.refusesIdentity {
            swap(&body, &worker.coded)
        } else {
            terms.giveUpCoding()
        }
        worker.coded.removeAll()
    }

    /// Appends the fields of a good answer that the policies have.
    func appendFields(_ terms: AnswerTerms, isModified: Bool) {
        terms.appendFields(
            isModified: isModified,
            backendTag: self.backendTag,
            hasCacheControl: self.backendField("cache-control") != nil,
            into: &self.worker.head
        )
    }

    /// The backend's own entity tag, if it is one.
    var backendTag: UnsafeRawBufferPointer? {
        guard let tag = self.backendField("etag"), EntityTag.isValid(tag) else { return nil }
        return tag
    }

    /// The value of a field that the backend's metadata may set; valid while the call is.
    func backendField(_ name: StaticString) -> UnsafeRawBufferPointer? {
        guard let call = self.call else { return nil }
        return call.initialMetadata.first(name) ?? call.trailingMetadata.first(name)
    }
}
