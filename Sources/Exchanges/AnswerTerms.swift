public import Bytes
public import HTTPMessages
public import Policies

/// On which terms a client gets its answer: what an ``AnswerPolicy`` must know of a request when
/// its head is long gone, and what was decided for the answer.
///
/// Kept by whoever serves one request after another; a request without a policy does not touch it.
public final class AnswerTerms {
    /// Of the route; nil between requests.
    public private(set) var policy: AnswerPolicy?
    private var origin = KeptValue()
    private var ifMatch = KeptValue()
    private var ifNoneMatch = KeptValue()
    private var wishes = CodingNegotiation()
    private var isGet = false
    /// The coding of the answer's content, once decided.
    public private(set) var coding = ContentCoding.identity
    private var varies = false
    private var tag = Tag.none

    /// Whose ETag the answer has.
    private enum Tag {
        case none
        case own(EntityTag)
        /// The backend's, which is written weak with coded content.
        case backend
    }

    public init() {}

    /// Takes what matters of a head; `reset` must come before the next.
    ///
    /// - Parameters:
    ///   - policy: of the route, or of the gateway where there is no route.
    ///   - head: a complete head.
    public func take(_ policy: AnswerPolicy, _ head: RequestHead) {
        self.policy = policy
        self.isGet = head.method == .get || head.method == .head
        if policy.cors != nil, let origin = CORSPolicy.origin(of: head) {
            self.origin.keep(origin)
        }
        if policy.hasEntityTag, self.isGet {
            self.ifMatch.keep(.ifMatch, of: head)
            self.ifNoneMatch.keep(.ifNoneMatch, of: head)
        }
        if policy.compression != nil { self.wishes = CodingNegotiation(head) }
    }

    /// Forgets the request.
    public func reset() {
        self.policy = nil
        self.origin.forget()
        self.ifMatch.forget()
        self.ifNoneMatch.forget()
        self.wishes = CodingNegotiation()
        self.coding = .identity
        self.varies = false
        self.tag = .none
    }

    // MARK: - Decisions

    /// Decides the coding of a good answer.
    ///
    /// - Parameters:
    ///   - type: its Content-Type.
    ///   - size: the bytes of its content; nil for a stream.
    ///   - cacheControl: the backend's; with `no-transform` the content stays as it is.
    public func decideCoding(
        type: UnsafeRawBufferPointer,
        size: Int?,
        cacheControl: UnsafeRawBufferPointer?
    ) {
        guard let policy = self.policy, let compression = policy.compression,
            !self.forbidsTransform(cacheControl, policy)
        else { return }
        let decision = compression.decision(contentType: type, size: size, wishes: self.wishes)
        self.coding = decision.coding
        self.varies = decision.varies
    }

    /// The backend's word counts in place of the route's, as it does in the answer.
    private func forbidsTransform(
        _ cacheControl: UnsafeRawBufferPointer?,
        _ policy: AnswerPolicy
    ) -> Bool {
        if let cacheControl { return CacheDirectives.forbidsTransform(cacheControl) }
        return policy.cacheControl.withUnsafeBytes { CacheDirectives.forbidsTransform($0) }
    }

    /// The content stays plain after all: there was no compressor, or nothing was gained.
    public func giveUpCoding() {
        self.coding = .identity
    }

    /// Whether the client takes no plain content.
    public var refusesIdentity: Bool { self.wishes.refusesIdentity }

    /// Whether the answer, which is a 200, has an ETag.
    public var wantsTag: Bool { self.isGet && self.policy?.hasEntityTag == true }

    /// Takes the backend's tag, and holds the request's conditions against it.
    public func decide(backendTag: UnsafeRawBufferPointer) -> Precondition {
        self.tag = .backend
        return self.precondition(backendTag)
    }

    /// Takes a tag of the gateway's making, and holds the request's conditions against it.
    public func decide(tag: EntityTag) -> Precondition {
        let tag = self.coding == .identity ? tag : tag.weakened
        self.tag = .own(tag)
        guard self.ifMatch.isThere || self.ifNoneMatch.isThere else { return .proceed }
        return tag.withBytes { self.precondition($0) }
    }

    private func precondition(_ tag: UnsafeRawBufferPointer) -> Precondition {
        self.ifMatch.withValue { ifMatch in
            self.ifNoneMatch.withValue { ifNoneMatch in
                Precondition(ifMatch: ifMatch, ifNoneMatch: ifNoneMatch, tag: tag)
            }
        }
    }

    // MARK: - Fields

    /// The backend's fields that are not to be written as they are.
    public var hidden: HiddenFields {
        var hidden: HiddenFields = []
        if self.policy?.cors != nil { hidden.insert(.accessControl) }
        if self.coding != .identity { hidden.insert(.entityTag) }
        return hidden
    }

    /// Appends the fields of a good answer.
    ///
    /// - Parameters:
    ///   - isModified: false for a 304.
    ///   - backendTag: the backend's ETag, where it has a valid one.
    ///   - hasCacheControl: whether the answer has a Cache-Control already.
    ///   - head: where to append.
    public func appendFields(
        isModified: Bool = true,
        backendTag: UnsafeRawBufferPointer?,
        hasCacheControl: Bool,
        into head: inout OutputBuffer
    ) {
        if self.coding != .identity, isModified {
            ResponseWriter.field("content-encoding", self.coding.text, into: &head)
        }
        if self.varies { ResponseWriter.field("vary", "accept-encoding", into: &head) }
        if case .own(let tag) = self.tag {
            let tag = self.coding == .identity ? tag : tag.weakened
            tag.withBytes { value in _ = ResponseWriter.field("etag", value, into: &head) }
        } else if self.coding != .identity, let backendTag {
            // In place of the line that `hidden` keeps back.
            head.append("etag: ")
            EntityTag.append(weakened: backendTag, into: &head)
            head.append("\r\n")
        }
        if let policy = self.policy, !policy.cacheControl.isEmpty, !hasCacheControl {
            ResponseWriter.field("cache-control", policy.cacheControl, into: &head)
        }
        self.appendErrorFields(into: &head)
    }

    /// Appends the fields that errors have too.
    public func appendErrorFields(into head: inout OutputBuffer) {
        guard let cors = self.policy?.cors else { return }
        self.origin.withValue { origin in _ = cors.appendFields(origin: origin, into: &head) }
    }
}
