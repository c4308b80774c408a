public import GRPC
public import HTTPMessages
internal import Policies
internal import Transcoding

/// What a request's head decides before its body is read.
public enum Admission {
    /// Whether the head fits its route; nil when it does.
    ///
    /// - Parameters:
    ///   - head: a complete head.
    ///   - plan: the route it matched.
    /// - Returns: why not: 400 for a body that the route does not take, 413, 415.
    public static func refusal(of head: RequestHead, for plan: RoutePlan) -> Failure? {
        guard head.framing.hasBody else { return nil }
        guard plan.takesBody else {
            // A chunked body may still turn out to be empty; but a client that asks whether to send
            // one has one.
            if case .chunked = head.framing, !head.expectsContinue { return nil }
            return Failures.unexpectedBody
        }
        if let refusal = head.framing.refusal(limit: plan.requestLimit) {
            return Failures.refused(refusal)
        }
        return Self.refusal(ofCodings: head) ?? Self.refusal(ofType: head, for: plan)
    }

    private static func refusal(ofCodings head: RequestHead) -> Failure? {
        ContentCoding.ofBody(head) == nil ? Failures.contentCoding : nil
    }

    private static func refusal(ofType head: RequestHead, for plan: RoutePlan) -> Failure? {
        // Without a type, or with an empty one, a body is JSON.
        guard let type = head.first(.contentType), !type.isEmpty else { return nil }
        // Two of them could be read as either (RFC 9110, 8.3).
        guard head.count(.contentType) == 1 else { return Failures.contentType }
        if plan.takesRawBody || plan.stream?.chunkField != nil {
            return Self.refusal(ofUpload: type, for: plan)
        }
        if plan.stream?.clientStreams == true {
            return JSONSplitter.Form(of: head) == nil ? Failures.streamType : nil
        }
        switch MediaType(contentType: type) {
        case .json, .problemJSON:
            return MediaType.isUTF8(contentType: type) ? nil : Failures.charset
        case .formURLEncoded:
            // What curl's -d sends without a header: the message says what to do.
            guard plan.takesForm else { return Failures.formBody }
            return MediaType.isUTF8(contentType: type) ? nil : Failures.charset
        case .multipartForm:
            guard plan.takesForm else { return Failures.contentType }
            return MultipartBoundary.find(in: type) == nil ? Failures.multipartBoundary : nil
        case .other:
            return Failures.contentType
        }
    }

    /// A body of any type; only a form that is to be taken apart needs its boundary.
    private static func refusal(
        ofUpload type: UnsafeRawBufferPointer,
        for plan: RoutePlan
    ) -> Failure? {
        guard plan.stream?.clientStreams == true,
            MediaType(contentType: type) == .multipartForm
        else { return nil }
        return MultipartBoundary.find(in: type) == nil ? Failures.multipartBoundary : nil
    }

    /// The time the call of a route has: a unary one's deadline, capped, or a stream's limit.
    ///
    /// - Parameters:
    ///   - head: a complete head.
    ///   - plan: the route.
    ///   - cap: the most a unary call may have, in nanoseconds.
    /// - Returns: nanoseconds, `Int64.max` for a stream without a limit; nil when a header is
    ///   malformed, which is a 400.
    public static func budget(of head: RequestHead, for plan: RoutePlan, cap: Int64) -> Int64? {
        guard let stream = plan.stream else {
            return self.budget(of: head, route: plan.deadline, cap: cap)
        }
        return self.budget(of: head, route: stream.maxDuration ?? .max, cap: .max)
    }

    /// The time the call has, from the route and from what the client asks for.
    ///
    /// The shortest of the client's headers wins and can only shorten; what results is capped.
    ///
    /// - Parameters:
    ///   - head: a complete head.
    ///   - route: the route's deadline in nanoseconds.
    ///   - cap: the most any call may have, in nanoseconds.
    /// - Returns: nanoseconds; nil when a header is malformed, which is a 400.
    public static func budget(of head: RequestHead, route: Int64, cap: Int64) -> Int64? {
        guard
            head.contains(.grpcTimeout) || head.contains(.xServerTimeout)
                || head.contains(.connectTimeoutMs)
        else { return min(route, cap) }
        var client: Int64?
        for index in 0..<head.fieldCount {
            let asked: Int64?
            switch head.name(at: index) {
            case .grpcTimeout: asked = TimeoutHeader.parse(grpcTimeout: head.value(at: index))
            case .xServerTimeout: asked = TimeoutHeader.parse(serverTimeout: head.value(at: index))
            case .connectTimeoutMs:
                asked = TimeoutHeader.parse(connectTimeoutMs: head.value(at: index))
            default: continue
            }
            guard let asked else { return nil }
            client = Deadline.shorter(client, asked)
        }
        return Deadline.budget(route: route, client: client, cap: cap) ?? cap
    }
}
