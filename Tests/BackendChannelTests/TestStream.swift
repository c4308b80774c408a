internal import Bytes
internal import NIOCore
internal import Nghttp2

/// One request at the test backend, answered as its path says.
final class TestStream: ServerStream {
    private unowned let connection: TestConnection
    private var path = ""
    private var timeout = ""
    private var attempts = ""
    private var encoding = ""
    /// The most bytes of a frame of the answer.
    private var pieceLength = Int.max
    private var request: [UInt8] = []
    private var body: [UInt8] = []
    private var offset = 0
    private var resetsAfterBody = false

    init(connection: TestConnection) {
        self.connection = connection
        super.init()
    }

    override func receivedHeader(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        isTrailer: Bool
    ) {
        let text = String(decoding: value, as: UTF8.self)
        if name.elementsEqual(":path".utf8) { self.path = text }
        if name.elementsEqual("grpc-encoding".utf8) { self.encoding = text }
        if name.elementsEqual("grpc-timeout".utf8) { self.timeout = text }
        if name.elementsEqual("grpc-previous-rpc-attempts".utf8) { self.attempts = text }
    }

    override func receivedHeadersEnd(isTrailer: Bool, endsStream: Bool) {
        let (path, timeout, attempts) = (self.path, self.timeout, self.attempts)
        let encoding = self.encoding
        self.connection.sightings.update {
            $0.encodings.append(encoding)
            $0.paths.append(path)
            $0.timeouts.append(timeout)
            $0.attempts.append(attempts)
        }
        if self.path == "/early" { self.trailersOnly(status: "9") }
        if endsStream { self.answer() }
    }

    override func receivedData(_ bytes: UnsafeRawBufferPointer) {
        self.request += Array(bytes)
        if self.path != "/early" { self.connection.session?.credit(self, bytes: bytes.count) }
    }

    override func receivedDataEnd() {
        let request = self.request
        self.connection.sightings.update { $0.bodies.append(request) }
        self.answer()
    }

    override func closed(_ end: StreamEnd) {
        guard end.cause == .resetByPeer else { return }
        self.connection.sightings.update { $0.resets.append(end.errorCode) }
    }

    override func readBody(into space: UnsafeMutableRawBufferPointer) -> BodyRead {
        let piece = self.body[self.offset...].prefix(min(space.count, self.pieceLength))
        space.copyBytes(from: piece)
        self.offset += piece.count
        if self.offset < self.body.count { return .bytes(piece.count) }
        return self.resetsAfterBody ? .failed : .end(piece.count)
    }

    // MARK: - Answers

    private func answer() {
        switch self.path {
        case "/ok": self.respond(body: self.request)
        case "/never": break
        case let path where path.hasPrefix("/slow-"):
            // "/slow-at/PORT" has no answer at the backend of that port, "/slow-or-5/PORT" is
            // NOT_FOUND elsewhere.
            let parts = path.split(separator: "/")
            if parts.last == Substring("\(self.connection.port)") { return }
            if parts[0] == "slow-at" {
                self.respond(body: self.request)
            } else {
                self.trailersOnly(status: "5")
            }
        case "/same-encoding": self.respond(body: self.request, encoding: self.encoding)
        case let path where path.hasPrefix("/raw/"):
            // Says what the request's message holds, as an answer of that encoding; "bytes" in
            // frames of a byte each.
            let parts = path.split(separator: "/")
            if parts.last == "bytes" { self.pieceLength = 1 }
            let encoding = parts[1] == "none" ? "" : String(parts[1])
            self.respond(body: Array(self.request.dropFirst(5)), encoding: encoding)
        case "/many": self.respond(body: self.request + self.request + self.request)
        case "/big": self.respond(body: Self.message(count: 300_000))
        case "/not-found": self.trailersOnly(status: "5", message: "no user %E4%BD %zz 42")
        case "/details": self.trailersOnly(status: "3", details: "CAMSA2JhZA")
        case "/future-status": self.trailersOnly(status: "99")
        case "/no-status": self.respond(body: self.request, trailers: [("x-a", "b")])
        case "/bad-status": self.respond(body: self.request, trailers: [("grpc-status", "one")])
        case "/two-statuses":
            let trailers = [("grpc-status", "0"), ("grpc-status", "5")]
            self.respond(body: self.request, trailers: trailers)
        case "/no-trailers": self.respond(body: self.request, trailers: nil)
        case "/late-status":
            let trailers = [("grpc-status", "8"), ("grpc-message", "enough"), ("x-left", "0")]
            self.respond(body: self.request, trailers: trailers)
        case "/cut": self.respond(body: Array(self.request.dropLast()))
        case "/compressed": self.respond(body: [1] + self.request.dropFirst())
        case "/html-502": self.respond(status: "502", type: "text/html", body: Array("<p>".utf8))
        case "/html-404": self.respond(status: "404", type: "text/html", body: Array("<p>".utf8))
        case "/html-200": self.respond(type: "text/html", body: Array("<p>".utf8))
        case "/grpc-web": self.respond(type: "application/grpc-web", body: self.request)
        case "/reset":
            self.connection.session?.reset(self, errorCode: 11)
        case "/reset-mid":
            self.resetsAfterBody = true
            self.respond(body: Array(self.request.prefix(7)))
        case "/refuse-once", "/refuse-always":
            self.connection.refusals += 1
            if self.path == "/refuse-once", self.connection.refusals > 1 {
                self.respond(body: self.request)
            } else {
                self.connection.session?.reset(self, errorCode: 7)
            }
        case "/unavailable-twice":
            self.connection.refusals += 1
            if self.connection.refusals > 2 {
                self.respond(body: self.request)
            } else {
                self.trailersOnly(status: "14")
            }
        case "/grpc.health.v1.Health/Watch": self.trailersOnly(status: "12")
        case "/grpc.health.v1.Health/Check":
            // Says that it serves to begin with, then that it does not, then that it does.
            let asked = self.connection.sightings.current.paths.count { $0 == self.path }
            self.respond(body: [0, 0, 0, 0, 2, 0x08, asked == 2 ? 2 : 1])
        case "/unavailable": self.trailersOnly(status: "14")
        case "/close": self.connection.close()
        case "/go-away":
            self.connection.drain()
            self.respond(body: self.request)
        case "/huge-header": self.trailersOnly(status: "0", extra: 8130)
        case "/many-headers": self.trailersOnly(status: "0", extraCount: 400)
        default: break
        }
    }

    private static func message(count: Int) -> [UInt8] {
        [0, 0, UInt8(count >> 16), UInt8(count >> 8 & 255), UInt8(count & 255)]
            + [UInt8](repeating: 7, count: count)
    }

    private func respond(
        status: String = "200",
        type: String = "application/grpc+proto",
        body: [UInt8],
        encoding: String = "identity",
        trailers: [(String, String)]? = [("grpc-status", "0"), ("x-trailer", "end")]
    ) {
        self.body = body
        if let trailers { self.trailers = HeaderBlock(trailers) }
        var head = [(":status", status), ("content-type", type), ("x-head", "begin")]
        if !encoding.isEmpty { head.append(("grpc-encoding", encoding)) }
        try? self.connection.session?.respond(to: self, HeaderBlock(head), hasBody: true)
    }

    private func trailersOnly(
        status: String,
        message: String = "",
        details: String = "",
        extra: Int = 0,
        extraCount: Int = 0
    ) {
        var head = [
            (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", status),
            ("x-trailer", "only"),
        ]
        if !message.isEmpty { head.append(("grpc-message", message)) }
        if !details.isEmpty { head.append(("grpc-status-details-bin", details)) }
        for index in 0..<(extra > 0 ? 8 : 0) {
            head.append(("x-big-\(index)", String(repeating: "x", count: extra)))
        }
        for index in 0..<extraCount { head.append(("x-\(index)", "")) }
        try? self.connection.session?.respond(to: self, HeaderBlock(head), hasBody: false)
    }
}
