internal import Bytes

/// Writes the lines of an event stream (HTML, 9.2.5 "Parsing an event stream").
enum ServerSentEvents {
    /// Appends `name: value` as a line; false, and nothing, if the value holds what would end the
    /// line, or a NUL, for which a browser passes over an id.
    static func line(
        _ name: StaticString,
        _ value: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) -> Bool {
        guard value.allSatisfy({ $0 != 0x0A && $0 != 0x0D && $0 != 0 }) else { return false }
        output.append(name)
        output.append(": ")
        output.append(value)
        output.append("\n")
        return true
    }

    /// Appends the line of an id that is counted.
    static func id(_ number: Int, into output: inout OutputBuffer) {
        output.append("id: ")
        output.append(decimal: number)
        output.append("\n")
    }

    /// How long a browser waits before it connects again; an event without data is dispatched to
    /// nobody.
    static func retry(milliseconds: Int, into output: inout OutputBuffer) {
        output.append("retry: ")
        output.append(decimal: milliseconds)
        output.append("\n\n")
    }

    static let data: StaticString = "data: "
    /// Ends the data of an event, and the event.
    static let eventEnd: StaticString = "\n\n"
    /// A comment, which nobody sees and which keeps the connection alive.
    static let heartbeat: StaticString = ":\n\n"
    /// The event of a stream that ended well: EventSource would connect again if its owner were
    /// not told.
    static let end: StaticString = "event: end\ndata: {}\n\n"
    /// In front of the data of the event of a stream that failed.
    static let error: StaticString = "event: error\ndata: "
}
