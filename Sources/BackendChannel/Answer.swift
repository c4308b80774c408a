internal import Bytes
internal import GRPC
internal import Glibc

/// What a backend has said about the outcome of a call, and what that means.
///
/// Fields are taken as they come; ``outcome(backend:)`` is asked when the answer has ended.
/// `http-grpc-status-mapping.md` and the section "Responses" of `PROTOCOL-HTTP2.md` are obeyed: a
/// `grpc-status` always counts; without one the HTTP status is mapped.
struct Answer {
    private var httpStatus: UInt16 = 0
    private var isGRPC = false
    private var contentType = ""
    private var status: StatusCode?
    private var isStatusBroken = false
    private var message = ""
    private var details: [UInt8] = []
    /// Whether `grpc-encoding` is one that can be undone: gzip.
    private(set) var isCompressed = false
    /// Whether the stream has ended in the way an answer ends.
    private(set) var hasEnded = false

    /// Takes a field that the protocol itself uses; false for one that is metadata.
    mutating func takeField(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    {
        guard let first = name.first else { return true }
        switch first {
        case UInt8(ascii: ":"):
            if Self.equal(name, ":status") { self.httpStatus = Self.decimal(value) }
            return true
        case UInt8(ascii: "c"):
            guard Self.equal(name, "content-type") else { return false }
            self.takeContentType(value)
            return true
        case UInt8(ascii: "g"):
            return self.takeReserved(name, value)
        default:
            return false
        }
    }

    /// The head is complete and the answer goes on: a status in it does not count.
    mutating func headEnded() {
        self.status = nil
        self.isStatusBroken = false
        self.message = ""
        self.details = []
    }

    /// The stream ended with trailers, with a head that ends it, or with its body.
    mutating func ended() {
        self.hasEnded = true
    }

    /// Why a head that does not end the stream is none of gRPC; nil when it is.
    func headFailure(backend: String) -> Failure? {
        guard self.httpStatus == 200, self.isGRPC else { return self.foreign(backend: backend) }
        return nil
    }

    /// The outcome of an answer that has ended; nil is OK.
    func outcome(backend: String) -> Failure? {
        if let status = self.status, !self.isStatusBroken {
            guard status != .ok else { return nil }
            return Failure(
                code: status,
                origin: .backend,
                message: self.message,
                details: self.details,
                cause: "backend"
            )
        }
        if let failure = self.headFailure(backend: backend) { return failure }
        return Failure(
            code: .unknown,
            origin: .gateway,
            httpStatus: 502,
            message: "backend '\(backend)' answered without a valid grpc-status",
            cause: "no_status"
        )
    }

    // MARK: - Private

    private func foreign(backend: String) -> Failure {
        let code = StatusCode.of(httpStatus: self.httpStatus)
        // Only here has the gateway to say UNKNOWN or INTERNAL of one that does not speak gRPC.
        let isOurWord = code == .unknown || code == .internal
        let found =
            self.httpStatus != 200
            ? "HTTP status \(self.httpStatus)"
            : self.contentType.isEmpty ? "no content-type" : "content-type '\(self.contentType)'"
        return Failure(
            code: code,
            origin: .gateway,
            httpStatus: isOurWord ? 502 : nil,
            message: "expected a gRPC answer of backend '\(backend)', found \(found)",
            cause: "not_grpc"
        )
    }

    /// `application/grpc`, alone or followed by `+format` or `;parameters`.
    private mutating func takeContentType(_ value: UnsafeRawBufferPointer) {
        let wanted: StaticString = "application/grpc"
        let count = wanted.utf8CodeUnitCount
        if value.count >= count,
            Self.equal(UnsafeRawBufferPointer(rebasing: value[..<count]), wanted),
            value.count == count || value[count] == UInt8(ascii: "+")
                || value[count] == UInt8(ascii: ";")
        {
            self.isGRPC = true
            return
        }
        self.isGRPC = false
        let shown = value.prefix(64).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
        self.contentType = String(decoding: shown, as: UTF8.self)
    }

    private mutating func takeReserved(
        _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer
    ) -> Bool {
        if Self.equal(name, "grpc-status") {
            let status = StatusCode.of(grpcStatus: value)
            // Two that disagree say nothing.
            if status == nil || (self.status != nil && self.status != status) {
                self.isStatusBroken = true
            }
            self.status = status
            return true
        }
        if Self.equal(name, "grpc-message") {
            self.message = value.isEmpty ? "" : MessageText.decode(value)
            return true
        }
        if Self.equal(name, "grpc-status-details-bin") {
            self.takeDetails(value)
            return true
        }
        if Self.equal(name, "grpc-encoding") {
            self.isCompressed = Self.equal(value, "gzip")
            return true
        }
        // How long to wait before the call is tried again: asked for by the pool.
        if Self.equal(name, "grpc-retry-pushback-ms") { return false }
        return name.count >= 5
            && Self.equal(UnsafeRawBufferPointer(rebasing: name[..<5]), "grpc-")
    }

    /// Details that are not base64 are left out: code and message stand without them.
    private mutating func takeDetails(_ value: UnsafeRawBufferPointer) {
        var decoded = OutputBuffer(capacity: value.count)
        self.details = Base64.decode(value, into: &decoded) ? decoded.bytes() : []
    }

    private static func equal(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount, let start = bytes.baseAddress else {
            return false
        }
        return memcmp(start, text.utf8Start, bytes.count) == 0
    }

    /// A status of three digits; 0 for anything else.
    private static func decimal(_ value: UnsafeRawBufferPointer) -> UInt16 {
        guard value.count == 3 else { return 0 }
        var number: UInt16 = 0
        for byte in value {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return 0 }
            number = number &* 10 &+ UInt16(digit)
        }
        return number
    }
}
