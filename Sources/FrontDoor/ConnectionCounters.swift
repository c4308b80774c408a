/// How often a loop's connections were closed or refused, by reason, since the loop began.
package struct ConnectionCounters: Sendable, Equatable {
    /// Connections closed at once because as many as allowed were open.
    package internal(set) var tooManyConnections = 0
    /// Heads that did not arrive in time (408).
    package internal(set) var headTimeouts = 0
    /// Connections that never sent a byte of a request in time.
    package internal(set) var silentConnections = 0
    /// Connections that did not begin with the PROXY protocol header that they must begin with.
    package internal(set) var proxyHeaders = 0
    /// Connections that had been idle for the keep-alive time.
    package internal(set) var keepAliveExpiries = 0
    /// Bodies that came too slowly (408).
    package internal(set) var slowBodies = 0
    /// Bodies that were too long (413).
    package internal(set) var longBodies = 0
    /// Bodies that were wrongly framed (400).
    package internal(set) var malformedBodies = 0
    /// Clients that took nothing of an answer in time.
    package internal(set) var writeStalls = 0
    /// Clients that sent more than anyone asked for, before or behind their last answer.
    package internal(set) var inputOverruns = 0
    /// Streams that were written to without regard to what their client takes.
    package internal(set) var outputOverruns = 0
    /// Connections that had to let others go first after `pipelinedRequests` in a row.
    package internal(set) var pipelineYields = 0
    /// Heads that were refused with 400.
    package internal(set) var malformedHeads = 0
    /// Heads that were refused with 413: the body was announced as too long for anyone.
    package internal(set) var longAnnouncements = 0
    /// Heads that were refused with 414.
    package internal(set) var longTargets = 0
    /// Heads that were refused with 417.
    package internal(set) var unknownExpectations = 0
    /// Heads that were refused with 431.
    package internal(set) var longHeads = 0
    /// Heads that were refused with 501.
    package internal(set) var unknownCodings = 0
    /// Heads that were refused with 505.
    package internal(set) var unknownVersions = 0
    /// Heads that were refused with any other status.
    package internal(set) var otherHeads = 0

    /// Handshakes of TLS that failed.
    package internal(set) var handshakes = HandshakeCounters()

    package init() {}

    /// Calls `body` with the name of each reason, fit for a metric's label, and its count.
    package func visit(_ body: (_ reason: StaticString, _ count: Int) -> Void) {
        body("too_many_connections", self.tooManyConnections)
        body("head_timeout", self.headTimeouts)
        body("silent", self.silentConnections)
        body("proxy_header", self.proxyHeaders)
        body("keep_alive_expired", self.keepAliveExpiries)
        body("body_too_slow", self.slowBodies)
        body("body_too_long", self.longBodies)
        body("body_malformed", self.malformedBodies)
        body("write_stall", self.writeStalls)
        body("input_overrun", self.inputOverruns)
        body("output_overrun", self.outputOverruns)
        body("pipeline_yield", self.pipelineYields)
        body("head_400", self.malformedHeads)
        body("head_413", self.longAnnouncements)
        body("head_414", self.longTargets)
        body("head_417", self.unknownExpectations)
        body("head_431", self.longHeads)
        body("head_501", self.unknownCodings)
        body("head_505", self.unknownVersions)
        body("head_other", self.otherHeads)
        self.handshakes.visit(body)
    }

    mutating func countHead(refusedWith status: UInt16) {
        switch status {
        case 400: self.malformedHeads += 1
        case 408: self.headTimeouts += 1
        case 413: self.longAnnouncements += 1
        case 414: self.longTargets += 1
        case 417: self.unknownExpectations += 1
        case 431: self.longHeads += 1
        case 501: self.unknownCodings += 1
        case 505: self.unknownVersions += 1
        default: self.otherHeads += 1
        }
    }

    /// Counts a refused body; the gateway's own end (503) is no fault of the client's.
    mutating func countBody(refusedWith status: UInt16) {
        switch status {
        case 408: self.slowBodies += 1
        case 413: self.longBodies += 1
        case 503: break
        default: self.malformedBodies += 1
        }
    }
}
