internal import Routing
internal import Testing

/// A router that tries every route on its own: slow, and nothing like the trie.
private struct NaiveRouter {
    let routes: [Route]

    func answer(method: String, path: String) -> String {
        guard path.hasPrefix("/") else { return "404" }
        var segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            .map(String.init)
        if path == "/" { segments = [] }
        if let last = segments.last, let colon = last.lastIndex(of: ":") {
            var cut = segments
            cut[cut.count - 1] = String(last[..<colon])
            if cut == [""] { cut = [] }
            let verb = String(last[last.index(after: colon)...])
            let found = self.choose(method, cut, verb: verb)
            if found != "404" { return found }
        }
        return self.choose(method, segments, verb: nil)
    }

    private func choose(_ method: String, _ segments: [String], verb: String?) -> String {
        let fitting = self.routes.indices.filter {
            self.routes[$0].template.verb == verb && self.fits(self.routes[$0].template, segments)
        }
        if fitting.isEmpty { return "404" }
        let usable = fitting.filter {
            let own = self.routes[$0].verb
            return own == method || own == "*" || (method == "HEAD" && own == "GET")
        }
        guard let best = usable.min(by: { self.rank($0, method) < self.rank($1, method) }) else {
            return "405"
        }
        return String(best)
    }

    private func fits(_ template: PathTemplate, _ segments: [String]) -> Bool {
        for (index, step) in template.segments.enumerated() {
            if step == .deep { return true }
            guard index < segments.count else { return false }
            if case .literal(let literal) = step, literal != segments[index] { return false }
            if index == segments.count - 1, segments[index].isEmpty { return false }
        }
        return template.segments.count == segments.count
    }

    /// Lower is better, compared as text: `0` literal, `1` star, `2` deep, then the method.
    private func rank(_ index: Int, _ method: String) -> String {
        let route = self.routes[index]
        var text = ""
        for step in route.template.segments {
            switch step {
            case .literal: text += "0"
            case .single: text += "1"
            case .deep: text += "2"
            }
        }
        let methodRank = route.verb == method ? "0" : route.verb == "*" ? "2" : "1"
        return text + " " + methodRank
    }
}

/// SplitMix64, so that a failure comes again.
private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("RouteTable against a naive router")
struct RouteOracleTests {
    @Test("random tables answer random paths as trying every route does", arguments: 0..<60)
    func random(seed: Int) throws {
        var dice = Dice(state: UInt64(seed))
        let words = ["a", "b", "shelves", "a-very-long-segment-name", "v1"]
        var seen: Set<String> = []
        var routes: [Route] = []
        for _ in 0..<Int.random(in: 1...40, using: &dice) {
            var text = ""
            let length = Int.random(in: 1...5, using: &dice)
            for place in 0..<length {
                switch Int.random(in: 0..<6, using: &dice) {
                case 0, 1: text += "/*"
                case 2 where place == length - 1: text += "/**"
                default: text += "/" + (words.randomElement(using: &dice) ?? "")
                }
            }
            if Int.random(in: 0..<4, using: &dice) == 0 { text += ":do" }
            let verb = ["GET", "POST", "*", "HEAD"].randomElement(using: &dice) ?? ""
            guard seen.insert(verb + text).inserted else { continue }
            routes.append(Route(verb: verb, template: try PathTemplate(text)))
        }
        let table = RouteTable(routes)
        let naive = NaiveRouter(routes: routes)
        let captures = Captures()
        let pieces = words + ["", "x", "a:do", "x:do", ":do", "do:", "zz:b"]
        for _ in 0..<400 {
            let length = Int.random(in: 1...6, using: &dice)
            let path = (0..<length).map { _ in "/" + (pieces.randomElement(using: &dice) ?? "") }
                .joined()
            let method = ["GET", "POST", "HEAD", "PUT"].randomElement(using: &dice) ?? ""
            let found = answer(table, "\(method) \(path)", captures: captures)
            #expect(String(found.prefix { $0 != " " }) == naive.answer(method: method, path: path))
        }
    }

    @Test("no bytes of a client trap", arguments: 0..<20)
    func anyBytes(seed: Int) throws {
        var dice = Dice(state: UInt64(seed) &+ 1000)
        let table = try table(
            "GET /a/{x}",
            "GET /{y=a/*}/a:a",
            "GET ~/{z=**}:a",
            "* ~/a/{w=**}",
            "GET !/{v=**}",
            "POST /*/a/**"
        )
        let captures = Captures()
        var reader = QueryReader(limit: 20)
        let alphabet = Array("//::%%aaA2&=+.".utf8) + [0, 0x80, 0xFF]
        for _ in 0..<2000 {
            let length = Int.random(in: 0...24, using: &dice)
            let bytes = (0..<length).map { _ in alphabet.randomElement(using: &dice) ?? 0 }
            let path = [UInt8(ascii: "/")] + bytes
            path.withUnsafeBytes { path in
                let method = UnsafeRawBufferPointer(rebasing: path.prefix(3))
                _ = table.match(method: method, path: path, into: captures)
                withBytes("GET") { _ = table.match(method: $0, path: path, into: captures) }
                for index in 0..<captures.count {
                    #expect(captures.value(at: index).count <= path.count)
                }
                reader.start(path)
                while (try? reader.next()) != nil {}
            }
        }
    }
}
