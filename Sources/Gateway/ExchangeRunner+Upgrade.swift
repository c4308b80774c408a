internal import BackendChannel
internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import OpenSSL
internal import Routing
internal import Telemetry

/// How a request becomes a WebSocket (RFC 6455, section 4.2).
extension ExchangeRunner {
    /// Opens a WebSocket on the path of a streaming method's route, or refuses the request.
    ///
    /// - Parameters:
    ///   - outcome: of the handshake.
    ///   - head: of the request.
    ///   - now: the time of `LoopClock`.
    /// - Returns: who takes the frames; nil when the request has been refused.
    func beginUpgrade(
        _ outcome: WebSocketHandshake.Outcome,
        _ head: RequestHead,
        now: Instant
    ) -> (any ExchangeEvents)? {
        let offer: WebSocketOffer
        switch outcome {
        case .accept(let accepted): offer = accepted
        case .refused(let refusal):
            self.refuse(Failures.refused(refusal))
            return nil
        case .notAnUpgrade: return nil
        }
        guard let plan = self.findStream(head) else { return nil }
        guard let stream = plan.stream else {
            self.refuse(Failures.upgradeOfUnary)
            return nil
        }
        self.facts.take(plan, head)
        guard stream.origins.allows(head) else {
            self.refuse(Failures.foreignOrigin)
            return nil
        }
        guard self.prepare(head, plan, now: now) else { return nil }
        let subprotocol = offer.choice(speaksProtobuf: stream.speaksProtobuf)
        self.accept(offer, subprotocol)
        let talk = WebSocketTalk(limit: plan.messageLimit, subprotocol: subprotocol ?? .json)
        return self.snapshot.takeStreamRunner(self.worker).begin(self, head, socket: talk)
    }

    /// The plan for the path: of GET, or else of another verb, whose method streams; a request for
    /// which there is none is refused.
    private func findStream(_ head: RequestHead) -> RoutePlan? {
        var unary: RoutePlan?
        for verb: StaticString in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let method = UnsafeRawBufferPointer(
                start: verb.utf8Start,
                count: verb.utf8CodeUnitCount
            )
            switch self.snapshot.plans.routes.match(
                method: method,
                path: head.path,
                into: self.worker.captures
            ) {
            case .route(let index):
                let plan = self.snapshot.plans.plans[index]
                self.record.route = index
                if plan.stream != nil { return plan }
                unary = unary ?? plan
            case .malformed(let reason):
                self.refuse(Failures.malformedTarget(reason))
                return nil
            case .methodNotAllowed, .notFound:
                continue
            }
        }
        if unary == nil { self.refuse(Failures.notFound) }
        return unary
    }

    private func accept(_ offer: WebSocketOffer, _ subprotocol: WebSocketSubprotocol?) {
        let worker = self.worker
        worker.output.removeAll()
        WebSocketHandshake.appendKeyMaterial(offer.key, into: &worker.output)
        worker.head.removeAll()
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digest in
            worker.output.withUnsafeBytes { worker.sha1.compute($0, into: digest) }
            WebSocketHandshake.writeHead(
                digest: UnsafeRawBufferPointer(digest),
                subprotocol: subprotocol,
                into: &worker.head
            )
        }
        ResponseWriter.date(self.date, into: &worker.head)
        self.facts.requestID.withUnsafeBytes { id in
            _ = ResponseWriter.field("x-request-id", id, into: &worker.head)
        }
        self.endHead()
        self.record.bytesOut += worker.head.count
        self.connection?.upgrade(worker.head)
    }
}

extension WebSocketHandshake.Outcome {
    /// Whether the request asks for a WebSocket, rightly or not.
    var isUpgrade: Bool {
        switch self {
        case .accept, .refused: true
        case .notAnUpgrade: false
        }
    }
}
