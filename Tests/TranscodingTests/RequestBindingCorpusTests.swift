internal import Foundation
internal import Schema
internal import Testing
internal import Transcoding

@Suite("Requests: the binding corpus")
struct RequestBindingCorpusTests {
    /// May only grow.
    static let floor = 197

    /// Cases that other rooms decide: the content type is looked at before the body is read.
    static let elsewhere: Set<String> = ["b:bodyfield-ct-other"]

    /// What the design decides where the corpus leaves it open: accepted; all others are refused.
    static let accepted: Set<String> = [
        "q:string-plus", "q:enum-unknown-number", "q:rep-camel-mix", "q:rep-wrapper",
        "q:rep-timestamp", "q:map-brackets", "q:map-brackets-int", "q:fm-snake", "q:fm-empty",
        "b:path-enum-unknown-num", "b:bodyfield-null", "b:bodystar-ws",
    ]

    @Test("every request of the corpus binds as it says")
    func replay() throws {
        guard RequestCorpus.folder != nil else { return }
        let schema = try #require(RequestCorpus.schema)
        let tables = schema.tables
        let transcoder = RequestTranscoder(tables: tables)
        var score = RequestScore("binding corpus")
        let cases = try RequestCorpus.object("query_binding.json")["cases"] as? [[String: Any]]
        for line in cases ?? [] {
            guard let id = line["id"] as? String, !Self.elsewhere.contains(id),
                let request = line["request"] as? [String: Any],
                let target = request["target"] as? String
            else { continue }
            let parsed = try #require(Self.parse(target, schema: schema), "\(id)")
            let outcome = transcoder.outcome(
                parsed.binding,
                body: Array((request["body"] as? String ?? "").utf8),
                values: parsed.values
            )
            let answers = Self.answers(line, isAccepted: Self.accepted.contains(id))
            if let fault = Self.fault(outcome, answers, parsed.binding.inputType, tables) {
                score.fail("\(id): \(fault)")
            } else {
                score.pass()
            }
        }
        score.report()
        #expect(score.failures.isEmpty)
        #expect(score.passed >= Self.floor)
    }

    /// The answers that are right, as protobuf in base64; nil is a refusal.
    private static func answers(_ line: [String: Any], isAccepted: Bool) -> [String?] {
        let allowed = (line["allowed"] as? [[String: Any]] ?? [])
            .map { $0["protobuf_b64"] as? String }
        if line["basis"] as? String == "open" {
            return allowed.filter { ($0 != nil) == isAccepted }
        }
        if let name = line["id"] as? String, Self.conflicts.contains(name) { return [nil] }
        let expect = line["expect"] as? [String: Any]
        return [expect?["protobuf_b64"] as? String]
    }

    /// A query parameter for a field that the path or the body binds is refused, which the corpus
    /// allows beside passing it over.
    static let conflicts: Set<String> = [
        "b:path-and-query-same", "b:bodyfield-query-into-body", "b:bodystar-query",
    ]

    private static func fault(
        _ outcome: RequestOutcome,
        _ answers: [String?],
        _ type: Int32,
        _ tables: TypeTables
    ) -> String? {
        guard let bytes = outcome.bytes else {
            return answers.contains(nil) ? nil : "refused: \(outcome.error?.message ?? "")"
        }
        let one = WireComparison.text(bytes[...], type: type, tables: tables)
        for answer in answers {
            guard let wanted = RequestCorpus.base64(answer) else { continue }
            if one != nil,
                one == WireComparison.text(wanted[...], type: type, tables: tables)
            {
                return nil
            }
        }
        return "\(bytes) is none of \(answers)"
    }

    // MARK: - From a target to binding and values

    private static func parse(
        _ target: String,
        schema: Schema
    ) -> (binding: RequestBinding, values: BindingValues)? {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].split(separator: "/").map(String.init)
        guard let service = schema.services.first(where: { $0.name.hasSuffix("QueryService") })
        else { return nil }
        for method in service.methods {
            guard let rule = method.httpRules.first else { continue }
            guard let captured = self.match(path, rule.path) else { continue }
            guard let binding = self.binding(method, rule, schema.tables) else { return nil }
            let values = BindingValues()
            if let captured {
                captured.withUnsafeBytes { values.add(capture: 0, value: $0) }
            }
            for pair in parts.dropFirst().joined().split(separator: "&") {
                let sides = pair.split(
                    separator: "=",
                    maxSplits: 1,
                    omittingEmptySubsequences: false
                )
                let name = self.decoded(String(sides[0]), isQuery: true)
                let value = self.decoded(sides.count > 1 ? String(sides[1]) : "", isQuery: true)
                name.withUnsafeBytes { name in
                    value.withUnsafeBytes { values.add(queryName: name, value: $0) }
                }
            }
            return (binding, values)
        }
        return nil
    }

    private static func binding(
        _ method: MethodEntry,
        _ rule: HTTPRule,
        _ tables: TypeTables
    ) -> RequestBinding? {
        var body = BodyBinding.none
        if rule.body == "*" {
            body = .whole
        } else if let name = rule.body, !name.isEmpty {
            guard
                let path = try? FieldPath.resolve(
                    name,
                    in: method.inputType,
                    tables: tables,
                    use: .body
                )
            else { return nil }
            body = .field(path)
        }
        var captures: [FieldPath] = []
        if let open = rule.path.firstIndex(of: "{"), let close = rule.path.firstIndex(of: "}") {
            let variable = rule.path[rule.path.index(after: open)..<close].split(separator: "=")
            guard
                let path = try? FieldPath.resolve(
                    String(variable[0]),
                    in: method.inputType,
                    tables: tables,
                    use: .capture
                )
            else { return nil }
            captures = [path]
        }
        return RequestBinding(inputType: method.inputType, body: body, captures: captures)
    }

    /// nil: no match; else the capture, decoded, if the template has one.
    private static func match(_ path: [String], _ template: String) -> [UInt8]?? {
        guard let open = template.firstIndex(of: "{") else {
            return path == template.split(separator: "/").map(String.init) ? .some(nil) : nil
        }
        let prefix = template[..<open].split(separator: "/").map(String.init)
        guard path.count > prefix.count, Array(path.prefix(prefix.count)) == prefix else {
            return nil
        }
        let rest = path.dropFirst(prefix.count).joined(separator: "/")
        if template.contains("=") {
            // A capture of several segments keeps %2F.
            let parts = rest.replacingOccurrences(of: "%2F", with: "%252F")
            return .some(self.decoded(parts, isQuery: false))
        }
        guard path.count == prefix.count + 1 else { return nil }
        return .some(self.decoded(rest, isQuery: false))
    }

    private static func decoded(_ text: String, isQuery: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(isQuery && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return bytes
    }
}
