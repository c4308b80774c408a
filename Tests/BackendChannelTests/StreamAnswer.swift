internal import Bytes
internal import NIOCore
internal import Nghttp2

/// One request at the streaming backend, answered as its path says.
final class StreamAnswer: ServerStream {
    /// How a source ends.
    enum Ending: Substring {
        /// With trailers and the status OK.
        case ok
        /// With those and RST_STREAM(NO_ERROR), as some servers do when they want no more.
        case okReset = "ok-reset"
        /// With the status NOT_FOUND.
        case notFound = "not-found"
        /// With OK in the middle of a message.
        case cut
        /// With RST_STREAM(INTERNAL_ERROR).
        case reset
        /// Not at all.
        case open
    }

    private let connection: StreamConnection
    private var kind: Substring = ""
    /// The request's; the answer has the same.
    private var encoding = "identity"
    private var numbers: [Int] = []
    private var ending = Ending.ok
    private var index = 0
    private var count = 0
    private var debt = 0
    private var output: [UInt8] = []
    private var isOver = false
    private var hasCreditTask = false
    private var offset = 0

    init(connection: StreamConnection) {
        self.connection = connection
        super.init()
    }

    override func receivedHeader(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        isTrailer: Bool
    ) {
        if name.elementsEqual("grpc-encoding".utf8) {
            self.encoding = String(decoding: value, as: UTF8.self)
        }
        guard name.elementsEqual(":path".utf8) else { return }
        let path = String(decoding: value, as: UTF8.self)
        let parts = path.split(separator: "/")
        self.kind = parts.first ?? ""
        self.numbers = parts.dropFirst().compactMap { Int($0) }
        if parts.count > 3 { self.ending = Ending(rawValue: parts[3]) ?? .ok }
        self.connection.sightings.update {
            self.index = $0.paths.count
            $0.paths.append(path)
            $0.requests.append([])
        }
    }

    override func receivedHeadersEnd(isTrailer: Bool, endsStream: Bool) {
        switch self.kind {
        case "echo":
            self.respond()
        case "refuse":
            self.connection.refusals += 1
            if self.connection.refusals > self.numbers[0] {
                self.kind = "echo"
                self.respond()
            } else {
                self.connection.session?.reset(self, errorCode: 7)
            }
        case "source":
            for number in 0..<self.numbers[0] {
                self.appendMessage(count: self.numbers[1], byte: UInt8(number & 255))
            }
            if self.ending == .cut { self.output.append(contentsOf: [0, 0, 0, 0, 9, 1]) }
            self.isOver = true
            self.respond()
        default:
            break
        }
    }

    override func receivedData(_ bytes: UnsafeRawBufferPointer) {
        self.count += bytes.count
        let keeps = self.kind != "slow" && self.kind != "collect"
        self.connection.sightings.update {
            $0.bytes += bytes.count
            if keeps { $0.requests[self.index].append(contentsOf: bytes) }
        }
        switch self.kind {
        case "echo":
            self.output.append(contentsOf: bytes)
            self.connection.session?.resume(self)
        case "slow":
            self.debt += bytes.count
            self.creditLater()
            return
        case "stuck":
            return
        case "refuse-later":
            if self.count >= self.numbers[0] {
                self.connection.session?.reset(self, errorCode: 7)
            }
        default:
            break
        }
        self.connection.session?.credit(self, bytes: bytes.count)
    }

    override func receivedDataEnd() {
        self.connection.sightings.update { $0.finished += 1 }
        self.isOver = true
        switch self.kind {
        case "echo":
            self.connection.session?.resume(self)
        case "collect", "slow", "refuse-later":
            self.output =
                [0, 0, 0, 0, 4] + withUnsafeBytes(of: UInt32(self.count).bigEndian) { $0 }
            self.respond()
        default:
            break
        }
    }

    override func closed(_ end: StreamEnd) {
        self.connection.sightings.update {
            $0.closed += 1
            if end.cause == .resetByPeer { $0.resets.append(end.errorCode) }
        }
    }

    override func readBody(into space: UnsafeMutableRawBufferPointer) -> BodyRead {
        let piece = self.output[self.offset...].prefix(space.count)
        space.copyBytes(from: piece)
        self.offset += piece.count
        guard self.offset == self.output.count, self.isOver else {
            return piece.isEmpty ? .deferred : .bytes(piece.count)
        }
        switch self.ending {
        case .ok, .notFound, .cut:
            return .end(piece.count)
        case .okReset:
            // After the trailers have left, which are queued in this send.
            self.later(in: .zero) { $0.connection.session?.reset($0, errorCode: 0) }
            return .end(piece.count)
        case .reset:
            return piece.isEmpty ? .failed : .bytes(piece.count)
        case .open:
            return piece.isEmpty ? .deferred : .bytes(piece.count)
        }
    }

    // MARK: - Private

    private func appendMessage(count: Int, byte: UInt8) {
        self.output += [0] + withUnsafeBytes(of: UInt32(count).bigEndian) { Array($0) }
        self.output += [UInt8](repeating: byte, count: count)
    }

    private func respond() {
        let status = self.ending == .notFound ? "5" : "0"
        self.trailers = HeaderBlock([("grpc-status", status), ("x-trailer", "end")])
        let head = HeaderBlock([
            (":status", "200"), ("content-type", "application/grpc"),
            ("grpc-encoding", self.encoding),
        ])
        try? self.connection.session?.respond(to: self, head, hasBody: true)
    }

    /// Takes a part of what has come, a millisecond later, and so on.
    private func creditLater() {
        guard !self.hasCreditTask else { return }
        self.hasCreditTask = true
        self.later(in: .milliseconds(1)) { stream in
            stream.hasCreditTask = false
            let part = min(stream.debt, 128 << 10)
            stream.debt -= part
            stream.connection.session?.credit(stream, bytes: part)
            if stream.debt > 0 { stream.creditLater() }
        }
    }

    private func later(in time: TimeAmount, _ body: @escaping (StreamAnswer) -> Void) {
        guard let loop = self.connection.context?.eventLoop else { return }
        let work = NIOLoopBound((self, body), eventLoop: loop)
        loop.scheduleTask(in: time) {
            let (stream, body) = work.value
            guard stream.connection.session != nil else { return }
            body(stream)
            stream.connection.flush()
        }
    }
}
