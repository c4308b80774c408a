extension RouteTable {
    /// A route that no request reaches because others take all of its paths.
    public struct Unreachable: Hashable, Sendable {
        public let route: Int
        /// The routes that take its paths.
        public let hiddenBy: [Int]
    }

    /// The pairs of routes that fit the same paths with the same method, the earlier one first.
    public func conflicts() -> [(Int, Int)] {
        var seen: [String: Int] = [:]
        var pairs: [(Int, Int)] = []
        for (index, route) in self.routes.enumerated() {
            let key = route.verb + " " + route.template.shape
            if let first = seen[key] {
                pairs.append((first, index))
            } else {
                seen[key] = index
            }
        }
        return pairs
    }

    /// The routes that are hidden by more specific ones, conflicts aside.
    ///
    /// Only routes that end in `**` can be. A path made of a template's own literals and, for its
    /// `*`, of words no template has is taken from an exact route by no other, because any other
    /// that fits has `*` or `**` at the first place where they differ. A `P/**` is hidden when `P`
    /// itself, then `P/*`, `P/*/*` and so on are routes of the same method (or of any), until one
    /// of them, say `P/*/**`, takes all longer paths. What is left is `P/`, with an empty last
    /// segment, which is no reason to write such a route.
    public func unreachable() -> [Unreachable] {
        var byKey: [String: Int] = [:]
        for (index, route) in self.routes.enumerated() {
            let key = route.verb + " " + route.template.shape
            if byKey[key] == nil { byKey[key] = index }
        }
        var found: [Unreachable] = []
        for (index, route) in self.routes.enumerated() where route.template.endsDeep {
            let template = route.template
            if byKey[route.verb + " " + template.shape] != index { continue }
            let verb = template.verb.map { ":" + $0 } ?? ""
            var prefix = template.shape
            prefix.removeLast("/**".count + verb.count)
            let methods = route.verb == "HEAD" ? ["HEAD", "GET", "*"] : [route.verb, "*"]
            let cover = { (shape: String) -> Int? in
                methods.lazy.compactMap { byKey[$0 + " " + shape] }.first
            }
            var hiddenBy: [Int] = []
            for depth in 0...self.maxDepth {
                if depth > 0 {
                    prefix += "/*"
                    if let deep = cover(prefix + "/**" + verb) {
                        found.append(Unreachable(route: index, hiddenBy: hiddenBy + [deep]))
                        break
                    }
                }
                // No exact template is `/:verb`: the grammar asks for a segment before a verb.
                if prefix.isEmpty, !verb.isEmpty { continue }
                guard let covering = cover(prefix.isEmpty ? "/" : prefix + verb) else { break }
                hiddenBy.append(covering)
            }
        }
        return found
    }
}
