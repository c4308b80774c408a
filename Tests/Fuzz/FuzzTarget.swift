/// One thing that is fuzzed: takes an input, and traps when a claim about it does not hold.
///
/// A target keeps what the code under test keeps between requests, so that what one input leaves
/// behind is met by the next.
protocol FuzzTarget: AnyObject {
    /// Takes one input; its bytes are valid for the duration of the call.
    func run(_ input: UnsafeRawBufferPointer)
}

/// All targets by their names.
enum FuzzTargets {
    static let all: [String: @Sendable () -> any FuzzTarget] = [
        "head": { HeadTarget() },
        "template": { TemplateTarget() },
        "query": { QueryTarget() },
        "json": { JSONTarget() },
        "print": { PrintTarget() },
        "descriptors": { DescriptorsTarget() },
        "deframe": { DeframeTarget() },
        "http2": { HTTP2Target() },
        "splitter": { SplitterTarget() },
        "websocket": { WebSocketTarget() },
        "connection": { ConnectionTarget() },
    ]
}

/// Ends the process when a claim does not hold, which libFuzzer takes for a finding.
func claim(
    _ holds: Bool,
    _ text: @autoclosure () -> String,
    file: StaticString = #file,
    line: UInt = #line
) {
    if !holds { fatalError("claim: \(text())", file: file, line: line) }
}

extension UnsafeRawBufferPointer {
    /// The bytes from `start`, as a buffer of their own; empty beyond the end.
    func rest(from start: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[Swift.min(start, self.count)...])
    }

    /// The bytes up to `end`, as a buffer of their own.
    func first(_ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[..<Swift.min(end, self.count)])
    }

    /// The bytes as text, for messages.
    var text: String { String(decoding: self, as: UTF8.self) }
}
