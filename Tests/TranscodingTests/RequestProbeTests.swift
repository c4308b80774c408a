internal import Foundation
internal import Schema
internal import Testing
internal import Transcoding

@Suite("Requests: JSON probes")
struct RequestProbeTests {
    /// May only grow.
    static let floor = 241

    /// Where C++, Go and Python differ: whose answer the strict reading gives.
    ///
    /// All others are refused.
    static let accepted: [String: String] = [
        // 64 bits without loss.
        "probe:029": "go",
        "probe:030": "go",
        // Values nested up to the depth limit.
        "probe:229": "go",
        "probe:230": "go",
        "probe:231": "go",
    ]

    @Test("every probe is read as all implementations read it, or strictly where they differ")
    func probes() throws {
        guard RequestCorpus.folder != nil else { return }
        let tables = try #require(RequestCorpus.schema).tables
        let transcoder = RequestTranscoder(tables: tables)
        var score = RequestScore("JSON probes")
        for line in try RequestCorpus.lines("json_probes.jsonl") {
            guard let id = line["id"] as? String,
                let input = line["input"] as? [String: Any],
                let body = RequestCorpus.body(input),
                let type = tables.message(named: line["message_type"] as? String ?? "")
            else { continue }
            let outcome = transcoder.outcome(
                RequestBinding(inputType: type, body: .whole),
                body: body
            )
            var expect = line["expect"] as? [String: Any]
            if line["agree"] as? Bool != true {
                let answers = line["answers"] as? [String: Any]
                expect = Self.accepted[id].flatMap { answers?[$0] as? [String: Any] } ?? [:]
            }
            // An empty HTTP body where one is expected is the empty message.
            if body.isEmpty { expect = ["protobuf_b64": ""] }
            guard let wanted = RequestCorpus.base64(expect?["protobuf_b64"]) else {
                if outcome.isRefused { score.pass() } else { score.fail("\(id) accepted") }
                continue
            }
            guard let bytes = outcome.bytes else {
                score.fail("\(id) refused: \(outcome.error?.message ?? "")")
                continue
            }
            let one = WireComparison.text(bytes[...], type: type, tables: tables)
            let other = WireComparison.text(wanted[...], type: type, tables: tables)
            if one != nil, one == other { score.pass() } else { score.fail("\(id): \(bytes)") }
        }
        score.report()
        #expect(score.failures.isEmpty)
        #expect(score.passed >= Self.floor)
    }
}
