internal import Foundation
internal import Routing
internal import Testing

@Suite("path_templates.json")
struct CorpusTests {
    @Test("each template is taken or refused as the corpus says")
    func templates() throws {
        guard let corpus = try Corpus.load("path_templates.json") as? [String: Any],
            let cases = corpus["templates"] as? [[String: Any]]
        else { return }
        var counts = (agree: 0, differ: 0, free: 0)
        for entry in cases {
            let text = try #require(entry["template"] as? String)
            let isValid: Bool
            var reason = ""
            do throws(TemplateError) {
                _ = try PathTemplate(text)
                isValid = true
            } catch {
                isValid = false
                reason = error.description
            }
            guard let expected = entry["expect_valid"] as? Bool else {
                counts.free += 1
                print("free: \(text) is \(isValid ? "taken" : "refused: \(reason)")")
                continue
            }
            if isValid == expected { counts.agree += 1 } else { counts.differ += 1 }
            #expect(isValid == expected, "\(text): \(reason)")
        }
        print(
            "templates: \(cases.count), as expected \(counts.agree), not \(counts.differ), "
                + "free \(counts.free)"
        )
        #expect(counts.agree > 0)
    }

    /// What is decided otherwise than the corpus suggests, with our answer.
    ///
    /// HEAD answers as GET. `*` does not match the empty segment behind a trailing slash, and that
    /// slash is not dropped unless a route asks for it; every peer does one or the other.
    static let decidedElsewhere = [
        "route:methods-1 HEAD /a/b": "0",
        "route:trailing-1 GET /a/b/": "404",
    ]

    @Test("each request is routed as the corpus and the design say")
    func requests() throws {
        guard let corpus = try Corpus.load("path_templates.json") as? [String: Any],
            let tables = corpus["routing"] as? [[String: Any]]
        else { return }
        var counts: [String: (agree: Int, differ: Int)] = [:]
        var byDesign = 0
        let captures = Captures()
        for entry in tables {
            let id = entry["id"] as? String ?? ""
            var routes: [Route] = []
            var indices: [Int] = []
            for (index, declared) in (entry["routes"] as? [[String: String]] ?? []).enumerated() {
                let text = try #require(declared["template"])
                guard let template = try? PathTemplate(text) else { continue }
                routes.append(Route(verb: declared["method"] ?? "", template: template))
                indices.append(index)
            }
            let table = RouteTable(routes)
            for request in entry["requests"] as? [[String: Any]] ?? [] {
                let method = try #require(request["method"] as? String)
                let path = try #require(request["path"] as? String)
                let basis = try #require(request["basis"] as? String)
                let found = self.result(table, method, path, indices, captures)
                if let decided = Self.decidedElsewhere["\(id) \(method) \(path)"] {
                    byDesign += 1
                    #expect(answer(table, "\(method) \(path)") == decided)
                    continue
                }
                var fits = (request["allowed"] as? [[String: Any]] ?? [])
                if let expected = request["expect"] as? [String: Any] { fits.append(expected) }
                let isFine = fits.contains { self.equal($0, found) }
                var count = counts[basis] ?? (0, 0)
                if isFine { count.agree += 1 } else { count.differ += 1 }
                counts[basis] = count
                #expect(isFine, "\(id): \(method) \(path): found \(found), fine \(fits)")
            }
        }
        for (basis, count) in counts.sorted(by: { $0.key < $1.key }) {
            print("routing, \(basis): as expected \(count.agree), not \(count.differ)")
        }
        print("routing, by design: \(byDesign)")
        #expect(!counts.isEmpty)
    }

    private func result(
        _ table: RouteTable,
        _ method: String,
        _ path: String,
        _ indices: [Int],
        _ captures: Captures
    ) -> [String: Any] {
        let match = withBytes(method) { method in
            withBytes(path) { table.match(method: method, path: $0, into: captures) }
        }
        switch match {
        case .route(let index):
            var bindings: [String: Any] = [:]
            for (place, variable) in table.route(at: index).template.variables.enumerated() {
                let bytes = Array(captures.value(at: place))
                if let text = String(validating: bytes, as: UTF8.self) {
                    bindings[variable.name] = text
                } else {
                    bindings[variable.name] = [
                        "hex": bytes.map { String(format: "%02x", $0) }.joined()
                    ]
                }
            }
            return ["match": true, "route": indices[index], "bindings": bindings]
        case .malformed: return ["match": false, "http_status": 400]
        case .methodNotAllowed, .notFound: return ["match": false]
        }
    }

    /// Equal as JSON; a status counts only where the corpus names one.
    private func equal(_ expected: [String: Any], _ found: [String: Any]) -> Bool {
        var found = found
        if expected["http_status"] == nil { found["http_status"] = nil }
        return NSDictionary(dictionary: expected) == NSDictionary(dictionary: found)
    }
}
