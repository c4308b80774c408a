internal import Foundation
internal import Testing

@testable internal import Configuration

@Suite("the README's reference is the reader's own")
struct ReadmeTests {
    private static let begin = "<!-- configuration: written by TRANSOM_UPDATE_README=1 -->\n"
    private static let end = "<!-- end of configuration -->\n"

    private static let file = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "README.md")

    @Test("every supported key stands in the README with its default, and no other")
    func reference() throws {
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        let begin = try #require(text.range(of: Self.begin))
        let end = try #require(text.range(of: Self.end))
        let expected = ConfigurationReference.markdown()
        let found = text[begin.upperBound..<end.lowerBound]
        if ProcessInfo.processInfo.environment["TRANSOM_UPDATE_README"] == "1" {
            let updated = text[..<begin.upperBound] + expected + text[end.lowerBound...]
            try updated.write(to: Self.file, atomically: true, encoding: .utf8)
        } else {
            #expect(
                found == expected[...],
                "run TRANSOM_UPDATE_README=1 swift test --filter ReadmeTests"
            )
        }
    }

    @Test("the README stays short, its reference aside")
    func length() throws {
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.filter { !$0.hasPrefix("| `") }.count < 280)
    }
}
