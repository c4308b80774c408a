internal import Bytes
internal import Nghttp2

/// A backend's bytes on a connection with calls open: however they are cut, the calls hear the same
/// and each is closed once.
final class HTTP2Target: FuzzTarget {
    private let head = HeaderBlock([
        (":method", "POST"), (":scheme", "http"), (":path", "/a/b"), (":authority", "a"),
        ("te", "trailers"),
    ])

    func run(_ input: UnsafeRawBufferPointer) {
        guard let first = input.first else { return }
        let bytes = input.rest(from: 1)
        let whole = self.stories(bytes, cut: Int.max, choice: first)
        let single = self.stories(bytes, cut: 1, choice: first)
        guard let whole, let single else { return }
        claim(whole == single, "whole: \(whole)\nbyte by byte: \(single)")
    }

    /// What three calls hear; nil when there were too many CONTINUATION frames.
    ///
    /// nghttp2 counts those by the calls that bring their bytes, so that it sees more of them when
    /// they are cut.
    private func stories(_ bytes: UnsafeRawBufferPointer, cut: Int, choice: UInt8) -> [String]? {
        var settings = SessionSettings()
        if choice & 1 == 1 {
            settings.maxHeaderBytes = 256
            settings.maxHeaderFields = 5
        }
        let calls = (0..<3).map { _ in FuzzedCall() }
        let error = self.converse(
            calls,
            bytes,
            cut: cut,
            settings: settings,
            sends: choice & 2 == 2
        )
        for call in calls { claim(call.ends == 1, "a call was closed \(call.ends) times") }
        if let error, error.text.contains("CONTINUATION") { return nil }
        return calls.map { String(decoding: $0.story, as: UTF8.self) }
    }

    private func converse(
        _ calls: [FuzzedCall],
        _ bytes: UnsafeRawBufferPointer,
        cut: Int,
        settings: SessionSettings,
        sends: Bool
    ) -> SessionError? {
        defer { for call in calls { call.session = nil } }
        var output = OutputBuffer(limit: 4 << 20)
        do throws(SessionError) {
            let session = try ClientSession(settings: settings)
            for call in calls {
                call.session = session
                try session.submit(self.head, stream: call, hasBody: true)
            }
            if sends { try session.send(into: &output) }
            var rest = bytes
            while !rest.isEmpty {
                let chunk = rest.first(cut)
                rest = rest.rest(from: chunk.count)
                try session.receive(chunk)
            }
            try session.send(into: &output)
            return nil
        } catch {
            return error
        }
    }
}

/// A call that notes what it is told.
private final class FuzzedCall: ClientStream {
    var story: [UInt8] = []
    var ends = 0
    var session: ClientSession?

    override func receivedHeader(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        isTrailer: Bool
    ) {
        claim(self.ends == 0, "an event behind the last")
        self.story += Array(name) + [UInt8(ascii: isTrailer ? "=" : ":")] + Array(value)
    }

    override func receivedHeadersEnd(isTrailer: Bool, endsStream: Bool) {
        claim(self.ends == 0, "an event behind the last")
        self.story += Array("\n\(isTrailer) \(endsStream)\n".utf8)
    }

    override func receivedData(_ bytes: UnsafeRawBufferPointer) {
        claim(self.ends == 0 && !bytes.isEmpty, "data behind the last event, or none")
        self.story += Array(bytes)
        self.session?.credit(self, bytes: bytes.count)
    }

    override func receivedDataEnd() { self.story += Array("\nend\n".utf8) }

    override func closed(_ end: StreamEnd) {
        self.ends += 1
        self.story += Array("\nclosed \(end.errorCode) \(end.cause)".utf8)
        self.session = nil
    }

    override func readBody(into space: UnsafeMutableRawBufferPointer) -> BodyRead { .end(0) }
}
