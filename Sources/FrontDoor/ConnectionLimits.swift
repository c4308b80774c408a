package import HTTPMessages

/// What a client connection may cost, and how long it may take.
///
/// Times are whole seconds because connections are swept once a second, so what is timed ends up
/// to a second late; 0 switches a time limit off, but for `lingerSeconds`.
package struct ConnectionLimits: Sendable {
    package var head = HeadLimits()
    /// Seconds from a head's first byte to its last (408), and from accept to the first byte.
    package var headSeconds = 10
    /// Seconds between two requests.
    package var keepAliveSeconds = 75
    /// Seconds that a client may take nothing of an answer that waits.
    package var writeSeconds = 30
    /// Bytes a second that a body must bring on average, after a grace of `bodyGraceSeconds` (408);
    /// 0 for no such limit.
    package var bodyBytesPerSecond = 240
    package var bodyGraceSeconds = 10
    /// Connections of one loop at a time; further ones are closed at once.
    package var connections = 10000
    /// Requests after which a connection is closed; 0 for no limit.
    package var requestsPerConnection = 0
    /// Bytes of further requests read ahead while one is being answered; what exceeds them by a
    /// read or two stops the reading.
    package var readAheadBytes = 65536
    /// Requests of one connection that are taken in a row before other connections get their turn;
    /// 0 for no limit.
    package var pipelinedRequests = 16
    /// The most seconds and bytes that are read and dropped after the last answer, so that it
    /// reaches the client (RFC 9112, 9.6: closing at once makes the kernel reset the connection).
    package var lingerSeconds = 2
    package var lingerBytes = 1_048_576

    /// How long a connection that was used a moment ago, or has just been opened, may still begin
    /// a request once the gateway drains: it was on its way already.
    package var drainGraceMilliseconds = 1000

    package init() {}
}
