public import Bytes
public import GRPC
public import Transcoding

/// Writes what stands round the messages of one stream, in the stream's format.
///
/// The caller prints each message between `openMessage` and `closeMessage`, with the format's
/// profile, and ends with `end` or `fail`, exactly once. Writers only append: what arrives in one
/// turn is gathered in one buffer. Nothing is kept of it, so a stream may be of any length.
///
/// Every format has a last element that tells how the stream ended: `]`, `event: end` or nothing
/// more after the last line; and of a failed one `{"error":{"code":…,"message":…,"details":[…]}}`,
/// as the last element of the array (which is closed), the last line, or the data of `event:
/// error`. `raw` has no room for it: there the owner breaks the body off.
public struct StreamWriter: Sendable {
    public let format: StreamFormat
    /// How many messages were written; the id of the last one where ids are counted.
    public private(set) var messages = 0

    private let retryMilliseconds: Int?
    private var hasBegun = false
    /// Where the message that is open begins, for `cancelMessage`.
    private var openedAt = 0

    /// Makes the writer of one stream.
    ///
    /// - Parameters:
    ///   - format: as the client asked for it.
    ///   - retryMilliseconds: how long an EventSource waits before it connects again; nil leaves it
    ///     to the browser.
    public init(_ format: StreamFormat, retryMilliseconds: Int? = nil) {
        self.format = format
        self.retryMilliseconds = retryMilliseconds
    }

    /// Appends what stands in front of a message.
    ///
    /// - Parameters:
    ///   - id: the id of the event, where a field of the message has it; nil counts from 1. One
    ///     with CR, LF or NUL is left out.
    ///   - event: the name of the event, where a field of the message has it; an empty one, or one
    ///     with CR, LF or NUL, is left out.
    ///   - output: where to append.
    public mutating func openMessage(
        id: UnsafeRawBufferPointer? = nil,
        event: UnsafeRawBufferPointer? = nil,
        into output: inout OutputBuffer
    ) {
        self.begin(into: &output)
        self.openedAt = output.count
        self.messages += 1
        switch self.format {
        case .array:
            if self.messages > 1 { output.append(",") }
        case .sse:
            if let id {
                _ = ServerSentEvents.line("id", id, into: &output)
            } else {
                ServerSentEvents.id(self.messages, into: &output)
            }
            if let event, !event.isEmpty {
                _ = ServerSentEvents.line("event", event, into: &output)
            }
            output.append(ServerSentEvents.data)
        case .ndjson, .raw: break
        }
    }

    /// Appends what stands behind a message.
    public mutating func closeMessage(into output: inout OutputBuffer) {
        switch self.format {
        case .ndjson: output.append("\n")
        case .sse: output.append(ServerSentEvents.eventEnd)
        case .array, .raw: break
        }
    }

    /// Takes back the message that is open: it could not be printed.
    public mutating func cancelMessage(in output: inout OutputBuffer) {
        guard output.count >= self.openedAt else { return }
        output.truncate(to: self.openedAt)
        self.messages -= 1
    }

    /// Appends a sign of life; only SSE has one.
    public mutating func heartbeat(into output: inout OutputBuffer) {
        guard self.format == .sse else { return }
        self.begin(into: &output)
        output.append(ServerSentEvents.heartbeat)
    }

    /// Appends the end of a stream that ended well.
    public mutating func end(into output: inout OutputBuffer) {
        self.begin(into: &output)
        switch self.format {
        case .array: output.append("]")
        case .sse: output.append(ServerSentEvents.end)
        case .ndjson, .raw: break
        }
    }

    /// Appends the last element of a stream that failed, and the end.
    ///
    /// For a stream whose head is gone; before that the failure is an answer with a status of its
    /// own.
    ///
    /// - Parameters:
    ///   - failure: what to tell.
    ///   - facts: of the request.
    ///   - printer: the loop's.
    ///   - output: where to append.
    public mutating func fail(
        _ failure: Failure,
        facts: borrowing AnswerFacts,
        printer: ResponsePrinter,
        into output: inout OutputBuffer
    ) {
        guard self.format != .raw else { return }
        self.begin(into: &output)
        switch self.format {
        case .array: if self.messages > 0 { output.append(",") }
        case .sse: output.append(ServerSentEvents.error)
        case .ndjson, .raw: break
        }
        Self.printError(
            failure,
            facts: facts,
            profile: self.format.profile(of: facts.profile),
            printer: printer,
            into: &output
        )
        switch self.format {
        case .array: output.append("]")
        case .ndjson: output.append("\n")
        case .sse: output.append(ServerSentEvents.eventEnd)
        case .raw: break
        }
    }

    /// Appends the error element alone, as a WebSocket's last text frame has it.
    public static func printError(
        _ failure: Failure,
        facts: borrowing AnswerFacts,
        profile: JSONProfile,
        printer: ResponsePrinter,
        into output: inout OutputBuffer
    ) {
        printer.printStatus(
            code: failure.code.rawValue,
            message: failure.message,
            details: failure.details,
            violations: facts.violations,
            form: .streamElement,
            profile: profile,
            hidesInternals: !facts.exposesDetails,
            into: &output
        )
    }

    /// Appends what stands in front of everything, once.
    private mutating func begin(into output: inout OutputBuffer) {
        guard !self.hasBegun else { return }
        self.hasBegun = true
        switch self.format {
        case .array: output.append("[")
        case .sse:
            if let milliseconds = self.retryMilliseconds {
                ServerSentEvents.retry(milliseconds: milliseconds, into: &output)
            }
        case .ndjson, .raw: break
        }
    }
}
