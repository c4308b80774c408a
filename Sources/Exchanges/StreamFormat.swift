public import Bytes
public import HTTPMessages
public import Policies
public import Transcoding

/// How the messages of a stream are written to a client over HTTP.
public enum StreamFormat: UInt8, Sendable, CaseIterable {
    /// One JSON array.
    case array
    /// A message a line.
    case ndjson
    /// Server-sent events, which a browser's EventSource reads.
    case sse
    /// The data of `google.api.HttpBody` messages, one after the other, as they are.
    case raw

    /// The format that a client asks for.
    ///
    /// The one with the highest weight in Accept; among equals one that is named, then the route's
    /// own. Never fails: a client that wants none of them gets the route's.
    ///
    /// - Parameters:
    ///   - head: a complete head.
    ///   - route: the format of the route; if that is `raw` there is no choice.
    /// - Returns: the format to answer in.
    public static func chosen(by head: RequestHead, route: StreamFormat) -> StreamFormat {
        guard route != .raw, head.contains(.accept) else { return route }
        var acceptance = Acceptance()
        for index in 0..<head.fieldCount where head.name(at: index) == .accept {
            acceptance.take(head.value(at: index))
        }
        return Self.chosen(by: acceptance, route: route)
    }

    /// The same for Accept fields that were read already.
    public static func chosen(by acceptance: Acceptance, route: StreamFormat) -> StreamFormat {
        guard let type = route.mediaType else { return route }
        var best = route
        var bestWeight = acceptance.weight(of: type)
        for format in Self.allCases where format != route {
            guard let type = format.mediaType else { continue }
            let weight = acceptance.weight(of: type)
            if weight.thousandths > 0, weight > bestWeight { (best, bestWeight) = (format, weight) }
        }
        return best
    }

    /// The content type of the answer; nil for `raw`, whose first message says it.
    public var contentType: StaticString? {
        switch self {
        case .array: "application/json"
        case .ndjson: "application/x-ndjson"
        case .sse: "text/event-stream"
        case .raw: nil
        }
    }

    private var mediaType: StreamMediaType? {
        switch self {
        case .array: .json
        case .ndjson: .ndjson
        case .sse: .eventStream
        case .raw: nil
        }
    }

    /// How a message is printed: on one line where a line end would end the message.
    public func profile(of route: JSONProfile) -> JSONProfile {
        guard self == .ndjson || self == .sse else { return route }
        var profile = route
        profile.pretty = false
        return profile
    }

    /// Appends the fields of the head of a stream: its content type, and what keeps it flowing.
    ///
    /// `no-store`, because a cache has no use for a stream that may never end, and one that it
    /// joins would come late; for SSE many servers say `no-cache`, which lets a cache keep what it
    /// then asks for again. `x-accel-buffering` is nginx's word, and others have taken it up. A
    /// download of the backend's own may be cached if the backend says so.
    public func appendFields(into head: inout OutputBuffer) {
        if let contentType = self.contentType {
            ResponseWriter.field("content-type", contentType, into: &head)
            ResponseWriter.field("cache-control", "no-store", into: &head)
        }
        ResponseWriter.field("x-accel-buffering", "no", into: &head)
    }
}

extension JSONSplitter.Form {
    /// The form of a body without a Content-Type, told by its first byte: `[` begins an array, all
    /// else is a value a line; nil where only blanks have come.
    public init?(toldBy bytes: UnsafeRawBufferPointer) {
        let first = bytes.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        guard let first else { return nil }
        self = first == UInt8(ascii: "[") ? .array : .lines
    }

    /// How the messages of a client's stream stand in its body, by its Content-Type.
    ///
    /// Nil, which is a 415, for a type that is no stream of JSON messages in UTF-8, or if there are
    /// two.
    ///
    /// - Parameter head: a complete head; without a Content-Type, or with an empty one, a body is
    ///   JSON.
    public init?(of head: RequestHead) {
        guard let type = head.first(.contentType), !type.isEmpty else {
            self = .array
            return
        }
        guard head.count(.contentType) == 1, MediaType.isUTF8(contentType: type) else { return nil }
        switch StreamMediaType(contentType: type) {
        case .json: self = .array
        case .ndjson: self = .lines
        case .eventStream, nil:
            guard MediaType(contentType: type) == .problemJSON else { return nil }
            self = .array
        }
    }
}
