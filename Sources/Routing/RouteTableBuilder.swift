/// Grows the trie of a `RouteTable` from a list of routes, then lays it out flat.
struct RouteTableBuilder {
    let routes: [Route]
    private(set) var nodes: [RouteNode] = []
    private(set) var edges: [RouteEdge] = []
    private(set) var edgeShift: UInt64 = 0
    private(set) var terminals: [RouteTerminal] = []
    private(set) var spans: [CaptureSpan] = []
    private(set) var plans: [RoutePlan] = []
    private(set) var text: [UInt8] = []
    private(set) var allowNames: [[UInt8]] = []
    private(set) var maxDepth = 0
    private(set) var maxValues = 0

    private var drafts = [Draft()]
    private var verbs: [String: Int32] = [:]
    private var methods: [String: Int32] = [:]

    /// A node while the trie is growing.
    private struct Draft {
        var literals: [String: Int] = [:]
        var star: Int?
        var exact: [RouteTerminal] = []
        var deep: [RouteTerminal] = []
    }

    init(_ routes: [Route]) {
        self.routes = routes
        self.collectMethods()
        for index in routes.indices { self.add(index) }
        self.layOut()
    }

    var hasVerbs: Bool { !self.verbs.isEmpty }

    /// The number of a method, or `RouteTerminal.unknownMethod`.
    func method(_ name: String) -> Int32 { self.methods[name] ?? RouteTerminal.unknownMethod }

    /// The bit of a method in a `MethodSet`; none beyond the 64th of a table.
    func bit(_ name: String) -> UInt64 {
        guard let index = self.methods[name], index < 64 else { return 0 }
        return 1 << UInt64(index)
    }

    // MARK: - Growing

    private mutating func collectMethods() {
        var names = Set(self.routes.map(\.verb))
        names.remove("*")
        names.insert("OPTIONS")
        if names.contains("GET") { names.insert("HEAD") }
        let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for (index, name) in sorted.enumerated() { self.methods[name] = Int32(index) }
        self.allowNames = sorted.map { Array($0.utf8) }
    }

    private mutating func add(_ index: Int) {
        let route = self.routes[index]
        let template = route.template
        var node = 0
        for segment in template.segments {
            switch segment {
            case .literal(let literal): node = self.literal(literal, of: node)
            case .single: node = self.star(of: node)
            case .deep: break
            }
        }
        let depth = template.segments.count - (template.endsDeep ? 1 : 0)
        self.maxDepth = max(self.maxDepth, depth)
        self.maxValues = max(self.maxValues, template.variables.count)

        let isAny = route.verb == "*"
        let terminal = RouteTerminal(
            verb: self.verb(template.verb),
            method: isAny ? RouteTerminal.anyMethod : self.method(route.verb),
            route: Int32(index),
            ignoresTrailingSlash: route.ignoresTrailingSlash,
            allowed: isAny
                ? 0 : self.bit(route.verb) | (route.verb == "GET" ? self.bit("HEAD") : 0)
        )
        if template.endsDeep {
            Self.insert(terminal, into: &self.drafts[node].deep)
        } else {
            Self.insert(terminal, into: &self.drafts[node].exact)
        }
        self.plans.append(
            RoutePlan(
                firstSpan: Int32(self.spans.count),
                spanCount: Int32(template.variables.count),
                fullyDecodes: route.fullyDecode
            )
        )
        for variable in template.variables {
            self.spans.append(
                CaptureSpan(
                    first: Int32(variable.firstSegment),
                    end: Int32(variable.endSegment ?? -1),
                    isMultiSegment: variable.isMultiSegment
                )
            )
        }
    }

    private static func insert(_ terminal: RouteTerminal, into list: inout [RouteTerminal]) {
        let isTaken = list.contains { $0.verb == terminal.verb && $0.method == terminal.method }
        if !isTaken { list.append(terminal) }
    }

    private mutating func literal(_ literal: String, of node: Int) -> Int {
        if let child = self.drafts[node].literals[literal] { return child }
        let child = self.drafts.count
        self.drafts.append(Draft())
        self.drafts[node].literals[literal] = child
        return child
    }

    private mutating func star(of node: Int) -> Int {
        if let child = self.drafts[node].star { return child }
        let child = self.drafts.count
        self.drafts.append(Draft())
        self.drafts[node].star = child
        return child
    }

    private mutating func verb(_ verb: String?) -> Int32 {
        guard let verb else { return 0 }
        if let number = self.verbs[verb] { return number }
        let number = Int32(self.verbs.count + 1)
        self.verbs[verb] = number
        return number
    }

    // MARK: - Laying out

    private mutating func layOut() {
        let count = self.drafts.reduce(self.verbs.count) { $0 + $1.literals.count }
        // At most half full, so that a miss ends after a probe or two.
        var bits: UInt64 = 3
        while 1 << bits < count * 2 { bits += 1 }
        self.edgeShift = 64 - bits
        self.edges = Array(repeating: .free, count: 1 << bits)

        for (index, draft) in self.drafts.enumerated() {
            let exactStart = self.terminals.count
            self.terminals += draft.exact
            let exactEnd = self.terminals.count
            self.terminals += draft.deep
            self.nodes.append(
                RouteNode(
                    star: draft.star.map(Int32.init) ?? -1,
                    exactStart: Int32(exactStart),
                    exactEnd: Int32(exactEnd),
                    deepEnd: Int32(self.terminals.count),
                    hasLiterals: !draft.literals.isEmpty
                )
            )
            for (literal, child) in draft.literals.sorted(by: { $0.key < $1.key }) {
                self.insertEdge(parent: Int32(index), literal, child: Int32(child))
            }
        }
        for (verb, number) in self.verbs.sorted(by: { $0.key < $1.key }) {
            self.insertEdge(parent: RouteEdge.verbs, verb, child: number)
        }
    }

    private mutating func insertEdge(parent: Int32, _ literal: String, child: Int32) {
        let bytes = Array(literal.utf8)
        let key = bytes.withUnsafeBytes { SegmentKey($0, start: 0, length: $0.count) }
        var slot = key.slot(parent: parent, shift: self.edgeShift)
        while self.edges[slot].child >= 0 { slot = (slot + 1) & (self.edges.count - 1) }
        let place = Int32(self.text.count)
        self.edges[slot] = RouteEdge(parent: parent, child: child, key: key, text: place)
        self.text += bytes
    }
}
