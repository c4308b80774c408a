/// Where two stories of the same bytes part.
enum Difference: Hashable, Sendable {
    /// We refuse, for this reason, what they take.
    case refused(String)
    /// They refuse, with this error, what we take.
    case taken(String)
    /// Both take a request and read it differently.
    case read(String)
    /// One of us goes on behind a request where the other does not.
    case ended(String)
    /// They refuse what we take until its line has come to its end.
    case late
    /// They hand what follows a request to another protocol.
    case upgraded

    /// The first difference between two stories, nil if there is none that matters.
    init?(_ ours: DifferentialStory, _ theirs: DifferentialStory) {
        for (left, right) in zip(ours.requests, theirs.requests) {
            if left.method != right.method {
                self = .read("method")
            } else if left.target != right.target {
                self = .read("target")
            } else if left.fields != right.fields {
                self = .read("fields")
            } else if left.persists != right.persists {
                self = .read("persistence")
            } else if left.isWhole, right.isWhole, left.body != right.body {
                self = .read("body")
            } else if !left.body.starts(with: right.body), !right.body.starts(with: left.body) {
                self = .read("body")
            } else {
                continue
            }
            return
        }
        if theirs.end == .upgraded {
            let isRefused = Self.progress(ours, theirs) < 0
            self = isRefused ? .refused(ours.refusal ?? "\(ours.end)") : .upgraded
            return
        }
        let order = Self.progress(ours, theirs)
        if order < 0 || order == 0 && ours.refusal != nil && theirs.refusal == nil {
            guard let reason = ours.refusal else {
                self = .ended("\(ours.end) and \(theirs.end)")
                return
            }
            self = .refused(reason)
        } else if order > 0 || theirs.refusal != nil && ours.refusal == nil {
            guard let error = theirs.refusal else {
                self = .ended("\(ours.end) and \(theirs.end)")
                return
            }
            self = .taken(error)
        } else if ours.refusal == nil, ours.end != theirs.end {
            self = .ended("\(ours.end) and \(theirs.end)")
        } else {
            return nil
        }
    }

    /// Which story has got further: below 0 theirs, above 0 ours.
    private static func progress(_ ours: DifferentialStory, _ theirs: DifferentialStory) -> Int {
        let counts = ours.requests.count - theirs.requests.count
        guard counts == 0, let left = ours.requests.last, let right = theirs.requests.last else {
            return counts
        }
        return (left.isWhole ? 1 : 0) - (right.isWhole ? 1 : 0)
    }
}

/// A kind of difference that is as it should be.
struct DifferenceClass: Sendable {
    let why: String
    /// Whether the difference is really of this kind.
    let holds: @Sendable (_ ours: DifferentialStory, _ theirs: DifferentialStory) -> Bool

    init(
        _ why: String,
        holds: @escaping @Sendable (DifferentialStory, DifferentialStory) -> Bool = { _, _ in true }
    ) {
        self.why = why
        self.holds = holds
    }

    /// Every difference that is explained.
    static let all: [Difference: DifferenceClass] = Self.refused.merging(Self.lenient) { old, _ in
        old
    }

    /// What we refuse and llhttp takes, by our words.
    private static let refused: [Difference: DifferenceClass] = [
        "expected single spaces round the request target":
            "llhttp skips spaces before a target (RFC 9112, 3: one)",
        "expected 'method target version' with single spaces":
            "llhttp takes a line without a version for HTTP/0.9 (RFC 9112, 3: none)",
        "expected a method at the start of the request line":
            "llhttp skips bare LF in front (RFC 9112, 2.2: CRLF)",
        "expected each line to end with CRLF, found a bare CR":
            "llhttp skips bare CR in front (RFC 9112, 2.2: CRLF)",
        "expected a request line, found too many empty lines":
            "llhttp skips any number of empty lines (RFC 9112, 2.2: at least one)",
        "expected the version HTTP/1.0 or HTTP/1.1 at the line's end":
            "llhttp speaks RTSP and ICE as well",
        "tunnels by the method CONNECT are not served": "NIOHTTP1 leaves that to its user",
        "the request target has a fragment": "llhttp splits fragments off (RFC 9112, 3.2: none)",
        "the target '*' belongs to the method OPTIONS alone": "RFC 9112, 3.2.4",
        "expected a target that begins with '/', 'http://' or 'https://'":
            "llhttp takes other schemes, `*?` and authorities (RFC 9112, 3.2)",
        "expected 'host' or 'host:port' as the target's authority":
            "llhttp does not look into authorities (RFC 9110, 4.2.1 and 4.2.4)",
        "expected 'host' or 'host:port' in the Host field":
            "NIOHTTP1 does not look into Host (RFC 9112, 3.2)",
        "expected a Host field, found none": "NIOHTTP1 does not ask for one (RFC 9112, 3.2)",
        "expected one Host, found two": "NIOHTTP1 does not count them (RFC 9112, 3.2)",
        "the only known expectation is 100-continue":
            "NIOHTTP1 leaves Expect to its user (RFC 9110, 10.1.1)",
        "the only known transfer coding is chunked":
            "llhttp hands out the head before it refuses the body (RFC 9112, 6.1)",
        "expected the name of a transfer coding in Transfer-Encoding":
            "llhttp takes an empty one, or hands out the head first (RFC 9112, 6.1)",
        "HTTP/1.0 has no Transfer-Encoding": "llhttp takes it (RFC 9112, 6.1)",
        "the head has too many field lines": "NIOHTTP1's limit is higher",
        "the trailer section has too many field lines": "NIOHTTP1's limit is higher",
        "the request body is larger than its limit":
            "llhttp's chunks may have 2^64 - 1 bytes, ours 2^63 - 1",
        "a chunk size has more than 16 digits": "llhttp takes any number of zeros in front",
        "expected ';name', ';name=token' or ';name=\"text\"' behind a chunk size":
            "llhttp is lenient on extensions, but not on their ends (RFC 9112, 7.1.1)",
        "the chunk extensions are larger than their limit": "llhttp has no limit (CVE-2023-39326)",
        "a trailer field has a name that belongs into the head": "RFC 9110, 6.5.1",
    ].reduce(into: [:]) { $0[.refused($1.key)] = DifferenceClass($1.value) }

    /// What we take and llhttp refuses, or reads differently.
    private static let lenient: [Difference: DifferenceClass] = [
        .taken("invalid HTTP method"): DifferenceClass(
            "any token is a method for us, those of a list for llhttp (RFC 9110, 9.1)"
        ) { ours, theirs in
            // Nothing else of it is different: the method that we took is not in the list.
            ours.requests.count == theirs.requests.count
                || !Self.methods.contains(ours.requests[theirs.requests.count].method)
        },
        .taken("invalid character in content-length header"): DifferenceClass(
            "HTAB may stand round a value (RFC 9110, 5.5), also round a length"
        ) { ours, theirs in
            ours.requests[theirs.requests.count].fields.filter { $0[0] == "content-length" }
                .count == 1
        },
        .taken("invalid character in chunk size header"): DifferenceClass(
            "white space may stand round an extension's parts (RFC 9112, 7.1.1)"
        ) { ours, _ in
            ours.requests.contains { $0.fields.contains { $0[0] == "transfer-encoding" } }
        },
        .refused("expected each line to end with CRLF, found a bare LF"): DifferenceClass(
            "llhttp waits for more behind a line of HTTP/0.9 that ends with LF (RFC 9112, 2.2)"
        ) { ours, theirs in theirs.requests.count == ours.requests.count },
        .late: DifferenceClass("we judge a line when it has come to its end"),
        .read("fields"): DifferenceClass(
            "NIOHTTP1 keeps white space behind a value (RFC 9112, 5.1: no part of it)"
        ) { ours, theirs in
            zip(ours.requests, theirs.requests).allSatisfy { ours, theirs in
                ours.fields == theirs.fields.map { [$0[0], Self.trimmed($0[1])] }
            }
        },
        .upgraded: DifferenceClass(
            "NIOHTTP1 stops at what asks for an upgrade; for us HTTP goes on unless we grant it"
        ),
    ]

    private static func trimmed(_ value: String) -> String {
        var value = value[...]
        while let last = value.last, last == " " || last == "\t" { value.removeLast() }
        return String(value)
    }

    /// The methods that llhttp knows, as far as the samples and their mutations have them.
    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PURGE",
        "M-SEARCH", "COPY", "LOCK", "MOVE", "LINK", "BIND", "ACL", "SEARCH", "REPORT", "NOTIFY",
    ]
}
