internal import Routing

/// A router that tries every route on its own: slow, and nothing like the trie.
///
/// For tables without conflicts whose routes do not drop a trailing slash.
struct NaiveRouter {
    enum Answer: Equatable {
        case route(Int)
        case methodNotAllowed
        case notFound
    }

    let routes: [Route]

    func answer(method: [UInt8], path: [UInt8]) -> Answer {
        guard path.first == UInt8(ascii: "/") else { return .notFound }
        var segments = path.dropFirst()
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
        if path.count == 1 { segments = [] }
        if let last = segments.last, let colon = last.lastIndex(of: UInt8(ascii: ":")) {
            var cut = segments
            cut[cut.count - 1] = Array(last[..<colon])
            if cut == [[]] { cut = [] }
            let verb = String(decoding: last[(colon + 1)...], as: UTF8.self)
            let found = self.choose(method, cut, verb: verb)
            if found != .notFound { return found }
        }
        return self.choose(method, segments, verb: nil)
    }

    private func choose(_ method: [UInt8], _ segments: [[UInt8]], verb: String?) -> Answer {
        let fitting = self.routes.indices.filter {
            self.routes[$0].template.verb == verb && self.fits(self.routes[$0].template, segments)
        }
        if fitting.isEmpty { return .notFound }
        let usable = fitting.filter { self.methodRank($0, method) != nil }
        let best = usable.min {
            self.rank($0, method).lexicographicallyPrecedes(self.rank($1, method))
        }
        return best.map { .route($0) } ?? .methodNotAllowed
    }

    private func fits(_ template: PathTemplate, _ segments: [[UInt8]]) -> Bool {
        for (index, step) in template.segments.enumerated() {
            if step == .deep { return true }
            guard index < segments.count else { return false }
            if case .literal(let literal) = step, Array(literal.utf8) != segments[index] {
                return false
            }
            if index == segments.count - 1, segments[index].isEmpty { return false }
        }
        return template.segments.count == segments.count
    }

    /// Lower is better: literal, star, deep at each place, then the method.
    private func rank(_ index: Int, _ method: [UInt8]) -> [Int] {
        let steps = self.routes[index].template.segments.map { step in
            switch step {
            case .literal: 0
            case .single: 1
            case .deep: 2
            }
        }
        return steps + [-1, self.methodRank(index, method) ?? 3]
    }

    private func methodRank(_ index: Int, _ method: [UInt8]) -> Int? {
        let own = Array(self.routes[index].verb.utf8)
        if own == method { return 0 }
        if own == Array("*".utf8) { return 2 }
        return method == Array("HEAD".utf8) && own == Array("GET".utf8) ? 1 : nil
    }
}
