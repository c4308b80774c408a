internal import Foundation
internal import Schema
internal import Testing
internal import Transcoding

@Suite("Requests: the protobuf conformance suite")
struct RequestConformanceTests {
    /// May only grow.
    static let floor = 1516
    static let ignoringFloor = 44

    @Test("every JSON input of the suite is read or refused as it demands")
    func strict() throws {
        try self.replay(category: "JSON_TEST", ignoring: false, floor: Self.floor)
    }

    @Test("with unknown fields ignored, the cases that want it pass")
    func ignoring() throws {
        try self.replay(
            category: "JSON_IGNORE_UNKNOWN_PARSING_TEST",
            ignoring: true,
            floor: Self.ignoringFloor
        )
    }

    private func replay(category: String, ignoring: Bool, floor: Int) throws {
        guard RequestCorpus.folder != nil else { return }
        let tables = try #require(RequestCorpus.schema).tables
        let transcoder = RequestTranscoder(tables: tables)
        var score = RequestScore("conformance, JSON to protobuf, \(category)")
        for line in try RequestCorpus.lines("protobuf_json_conformance.jsonl") {
            guard line["test_category"] as? String == category,
                let input = line["input"] as? [String: Any],
                let body = RequestCorpus.body(input),
                let expect = line["expect"] as? [String: Any],
                let name = line["name"] as? String,
                let type = tables.message(named: line["message_type"] as? String ?? "")
            else { continue }
            let outcome = transcoder.outcome(
                RequestBinding(
                    inputType: type,
                    body: .whole,
                    refusesUnknownFields: !ignoring
                ),
                body: body
            )
            let fault = Self.fault(outcome, line, expect, type: type, tables: tables)
            if let fault { score.fail("\(name): \(fault)") } else { score.pass() }
        }
        score.report()
        #expect(score.failures.isEmpty)
        #expect(score.passed >= floor)
    }

    private static func fault(
        _ outcome: RequestOutcome,
        _ line: [String: Any],
        _ expect: [String: Any],
        type: Int32,
        tables: TypeTables
    ) -> String? {
        if expect["parse_error"] != nil {
            return outcome.isRefused ? nil : "accepted: \(line["input"] ?? "")"
        }
        guard let bytes = outcome.bytes else {
            return "refused: \(outcome.error?.message ?? "") \(line["input"] ?? "")"
        }
        // Cases that want JSON back are compared as JSON where both halves are at hand.
        guard let wanted = RequestCorpus.base64(expect["protobuf_b64"]) else { return nil }
        if line["bytes_comparable"] as? Bool == true, bytes == wanted { return nil }
        let one = WireComparison.text(bytes[...], type: type, tables: tables)
        let other = WireComparison.text(wanted[...], type: type, tables: tables)
        guard one != nil, one == other else {
            return "\(line["input"] ?? ""): \(bytes) instead of \(wanted)"
        }
        // Equal as messages but not as bytes: a NaN of other bits is no fault.
        guard line["bytes_comparable"] as? Bool == true, one?.contains("nan") != true else {
            return nil
        }
        return "bytes \(bytes) instead of \(wanted)"
    }
}
