public import Bytes
public import HTTPMessages
public import Policies
public import Routing
public import Transcoding

/// What an answer must know of its request when the request's head is long gone.
public struct AnswerFacts: ~Copyable {
    /// HEAD: the answer has no body, its head says how long it would be.
    public var isHead = false
    public var isHTTP10 = false
    /// The client wants errors as `application/problem+json`.
    public var prefersProblem = false
    /// Whether the route takes a body.
    public var takesBody = false
    /// How the body is read.
    public var format = RequestFormat.json
    /// How the body is coded.
    public var coding = ContentCoding.identity
    /// The Content-Type of a body that is no JSON; empty without one.
    public var contentType = OutputBuffer(capacity: 64)
    /// `expose_details` of the route; true while there is none.
    public var exposesDetails = true
    public var profile = JSONProfile()
    /// The methods of the path, for `Allow`.
    public var allow: MethodSet?
    /// What is wrong with which field, for the error body.
    public var violations: [FieldViolation] = []
    /// The request's id, taken or made: 1 to 128 visible characters.
    public var requestID = OutputBuffer(capacity: 64)

    /// A client's own id is taken up to this length.
    private static let longestRequestID = 128

    public init() {}

    /// Takes what matters of a head; to be called once between two `reset`s.
    ///
    /// - Parameters:
    ///   - head: a complete head.
    ///   - makeID: appends a new request id, where the client sent none that is usable.
    public mutating func take(_ head: RequestHead, makeID: (inout OutputBuffer) -> Void) {
        self.isHead = head.method == .head
        self.isHTTP10 = head.minorVersion == 0
        if head.contains(.accept) { self.prefersProblem = Self.prefersProblem(head) }
        if let id = head.first(.xRequestID), head.count(.xRequestID) == 1, Self.isUsable(id) {
            self.requestID.append(id)
        } else {
            makeID(&self.requestID)
        }
    }

    /// Takes an id for what was not a request.
    public mutating func makeRequestID(_ makeID: (inout OutputBuffer) -> Void) {
        makeID(&self.requestID)
    }

    /// Takes what matters of the route, and of the head for it.
    public mutating func take(_ plan: RoutePlan, _ head: RequestHead) {
        self.takesBody = plan.takesBody
        if head.contains(.contentEncoding) {
            self.coding = ContentCoding.ofBody(head) ?? .identity
        }
        self.format = RequestFormat(of: head, for: plan)
        if self.format != .json, let type = head.first(.contentType) {
            self.contentType.append(type)
        }
        self.exposesDetails = plan.exposesDetails
        self.profile = plan.profile
    }

    /// Forgets the request.
    public mutating func reset() {
        self.isHead = false
        self.isHTTP10 = false
        self.prefersProblem = false
        self.takesBody = false
        if self.format != .json {
            self.format = .json
            self.contentType.removeAll()
        }
        self.coding = .identity
        self.exposesDetails = true
        self.profile = JSONProfile()
        self.allow = nil
        if !self.violations.isEmpty { self.violations = [] }
        self.requestID.removeAll()
    }

    private static func prefersProblem(_ head: RequestHead) -> Bool {
        var acceptance = Acceptance()
        for index in 0..<head.fieldCount where head.name(at: index) == .accept {
            acceptance.take(head.value(at: index))
        }
        return acceptance.prefersProblem
    }

    /// Visible ASCII only, so that an id is one word in every log.
    private static func isUsable(_ id: UnsafeRawBufferPointer) -> Bool {
        (1...Self.longestRequestID).contains(id.count)
            && id.allSatisfy { (0x21...0x7e).contains($0) }
    }
}
