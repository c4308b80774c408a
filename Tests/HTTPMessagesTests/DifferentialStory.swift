internal import HTTPMessages
internal import NIOCore
internal import NIOEmbedded
internal import NIOHTTP1

/// What a reader makes of all bytes of one connection.
struct DifferentialStory: Equatable, CustomStringConvertible {
    struct Request: Equatable {
        var method: String
        var target: String
        /// Names in lower case, and values.
        var fields: [[String]]
        var body: [UInt8] = []
        var isWhole = false
        var persists: Bool
    }

    enum End: Equatable {
        /// All bytes were taken, and more may come.
        case more
        /// The last request ends the connection; what follows it is not looked at.
        case closed
        /// Bytes of another protocol follow the last request.
        case upgraded
        case refused(String)
    }

    var requests: [Request] = []
    var end = End.more

    /// The text of the refusal, if there is one.
    var refusal: String? {
        guard case .refused(let reason) = self.end else { return nil }
        return reason
    }

    var description: String {
        let requests = self.requests.map { request in
            "\(request.method) \(request.target) \(request.fields) body \(request.body.count)"
                + (request.isWhole ? "" : "...")
        }
        return "\(requests) \(self.end)"
    }
}

// MARK: - Ours

extension DifferentialStory {
    /// The story that `HeadParser` and `BodyDecoder` tell.
    init(own bytes: [UInt8]) {
        var parser = HeadParser()
        let head = RequestHead()
        var start = 0
        while true {
            let progress = bytes[start...].withUnsafeBytes { parser.parse($0, into: head) }
            switch progress {
            case .needsMore: return
            case .refused(let refusal):
                self.end = .refused(refusal.reason.description)
                return
            case .complete(let consumed): start += consumed
            }
            self.requests.append(Request(head))
            guard self.takeBody(head.framing, bytes, &start) else { return }
            guard head.persists else {
                self.end = .closed
                return
            }
        }
    }

    /// Takes the body of the last request; whether it is whole.
    private mutating func takeBody(
        _ framing: BodyFraming,
        _ bytes: [UInt8],
        _ start: inout Int
    ) -> Bool {
        var decoder = BodyDecoder(framing: framing, limit: .max)
        let last = self.requests.count - 1
        while true {
            switch bytes[start...].withUnsafeBytes({ decoder.next($0) }) {
            case .needsMore: return false
            case .data(let range, let consumed):
                self.requests[last].body += bytes[start...][(start + range.lowerBound)...]
                    .prefix(range.count)
                start += consumed
            case .end(let consumed):
                start += consumed
                self.requests[last].isWhole = true
                return true
            case .refused(let refusal):
                self.end = .refused(refusal.reason.description)
                return false
            }
        }
    }
}

extension DifferentialStory.Request {
    fileprivate init(_ head: RequestHead) {
        self.init(
            method: HTTPMessagesTests.text(head.methodBytes),
            target: HTTPMessagesTests.text(head.target),
            fields: (0..<head.fieldCount).map {
                [
                    HTTPMessagesTests.text(head.nameBytes(at: $0)),
                    HTTPMessagesTests.text(head.value(at: $0)),
                ]
            },
            persists: head.persists
        )
    }
}

// MARK: - NIOHTTP1's

extension DifferentialStory {
    /// The story that NIOHTTP1's `HTTPRequestDecoder` tells, which is llhttp.
    init(llhttp bytes: [UInt8]) throws {
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(decoder))
        do {
            try channel.writeInbound(ByteBuffer(bytes: bytes))
        } catch {
            self.end = .refused("\(error)")
        }
        while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            guard self.take(part) else { break }
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    /// Takes a part of a message; false if none that follows counts.
    private mutating func take(_ part: HTTPServerRequestPart) -> Bool {
        let last = self.requests.count - 1
        switch part {
        case .head(let head):
            self.requests.append(
                Request(
                    method: head.method.rawValue,
                    target: head.uri,
                    fields: head.headers.map { [$0.name.lowercased(), $0.value] },
                    persists: head.isKeepAlive
                )
            )
        case .body(let buffer):
            self.requests[last].body += buffer.readableBytesView
        case .end:
            self.requests[last].isWhole = true
            let fields = self.requests[last].fields
            let isUpgrade = fields.contains {
                $0[0] == "connection" && $0[1].lowercased().contains("upgrade")
            }
            if isUpgrade, fields.contains(where: { $0[0] == "upgrade" }) {
                self.end = .upgraded
                return false
            }
            guard self.requests[last].persists else {
                self.end = .closed
                return false
            }
        }
        return true
    }
}
