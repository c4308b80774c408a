internal import Foundation

/// The messages that both readers are given: those of the tables of the other tests, and those of
/// the raw-socket suite, of which `Tests/EndToEnd/http_safety_cases.txt` is a copy.
enum DifferentialSamples {
    static let all: [[UInt8]] =
        Self.heads + Self.framings + Self.bodies + Self.suite + Self.parts.map { latin1($0) }

    /// Bytes that end in the midst of a line.
    private static let parts = [
        "GET /a\r\n", "GET /a\n", "GET / HTTP/1.1\r\nHost: a\r\n\u{0C}", "GUT",
    ]

    private static let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"

    private static var heads: [[UInt8]] {
        let lines = RequestLineTests.refused.map { "\($0.text)host: a\r\n\r\n" }
        let fields =
            (FieldLineTests.refused.map(\.text) + FieldLineTests.accepted.map { $0.line + "\r\n" })
            .map { "GET / HTTP/1.1\r\nhost: a\r\n\($0)\r\n" }
        let targets =
            RequestTargetTests.refused.map { "GET \($0.text) HTTP/1.1\r\nHost: a\r\n\r\n" }
            + RequestTargetTests.accepted.map {
                "\($0.method) \($0.target) HTTP/1.1\r\nHost: a\r\n\r\n"
            }
        let hosts = (AuthorityTests.refused.map(\.text) + AuthorityTests.accepted).map {
            "GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n"
        }
        return (MutationTests.heads + lines + fields + targets + hosts).map {
            latin1($0 + Self.next)
        }
    }

    private static var framings: [[UInt8]] {
        FramingTests.refused.map {
            latin1(
                "POST / HTTP/1.1\r\nhost: a\r\n\($0.text)\r\n5\r\nhello\r\n0\r\n\r\n\(Self.next)"
            )
        }
    }

    private static var bodies: [[UInt8]] {
        (ChunkDecoderTests.refused.map(\.text) + ChunkDecoderTests.accepted.map(\.bytes)).map {
            latin1(
                "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n\($0)\(Self.next)"
            )
        }
    }

    /// A line for each case: its name, a tab, and its bytes as Python writes them in a string.
    static var suite: [[UInt8]] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("EndToEnd/http_safety_cases.txt")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            line.split(separator: "\t", maxSplits: 1).last.map {
                Self.bytes(of: $0) + latin1(Self.next)
            }
        }
    }

    /// Undoes `%XX`.
    private static func bytes(of text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
