extension RouteTable {
    /// Finds the route for a request.
    ///
    /// - Parameters:
    ///   - method: the method's bytes as they were sent.
    ///   - path: the path of the target in origin form, undecoded, without `?` and the query.
    ///   - captures: filled with the route's variables; they are empty if no route is found.
    /// - Returns: the route, or why there is none.
    public func match(
        method: UnsafeRawBufferPointer,
        path: UnsafeRawBufferPointer,
        into captures: Captures
    ) -> RouteMatch {
        captures.prepare(bytes: path.count, values: self.maxValues, depth: self.maxDepth &+ 3)
        guard !path.isEmpty, path[0] == UInt8(ascii: "/") else { return .notFound }
        guard path.count < Int32.max else { return .malformed("the path is too long") }

        let split = self.split(path, into: captures)
        if split.hasEscapes, !PercentCoding.isWellFormed(path) {
            return .malformed("the path has a '%' that is not followed by two hexadecimal digits")
        }
        let methodNumber = self.number(ofMethod: method)
        let isRoot = path.count == 1
        var reading = PathReading(
            path: path,
            starts: UnsafePointer(captures.starts),
            method: methodNumber,
            isHead: methodNumber == self.headMethod && methodNumber >= 0,
            end: path.count,
            count: isRoot ? 0 : split.count,
            hasEmptyLast: split.endsInSlash,
            mayDropSlash: split.endsInSlash && self.ignoresSomeSlash
        )

        if split.colon > 0, self.hasVerbs, !split.endsInSlash || self.ignoresSomeSlash {
            let end = path.count &- (split.endsInSlash ? 1 : 0)
            let start = split.colon &+ 1
            let verb = self.child(of: RouteEdge.verbs, path, start: start, end: end)
            if verb >= 0 {
                let cut = path[split.colon &- 1] == UInt8(ascii: "/")
                var other = reading
                other.verb = verb
                other.end = split.colon
                other.count = split.count &- (cut ? 1 : 0)
                other.hasEmptyLast = cut && split.colon > 1
                other.mayDropSlash = false
                other.asksIgnorersOnly = split.endsInSlash
                let found = self.descend(from: 0, depth: 0, &other)
                if found >= 0 {
                    return self.capture(found, other, hasEscapes: split.hasEscapes, captures)
                }
                if other.allowed != 0 { return self.refuse(other.allowed) }
            }
        }

        let found = self.descend(from: 0, depth: 0, &reading)
        if found >= 0 {
            return self.capture(found, reading, hasEscapes: split.hasEscapes, captures)
        }
        return reading.allowed == 0 ? .notFound : self.refuse(reading.allowed)
    }

    private func refuse(_ allowed: UInt64) -> RouteMatch {
        .methodNotAllowed(allow: MethodSet(rawValue: allowed | self.optionsBit))
    }

    // MARK: - Reading the path

    private struct Split {
        /// The segments before an empty last one.
        var count: Int
        var endsInSlash: Bool
        var hasEscapes: Bool
        /// The last colon of the last segment that is not empty; 0 for none.
        var colon: Int
    }

    /// Notes where segments begin, as deep as any route looks; `starts[count]` is past the end.
    @inline(__always)
    private func split(_ path: UnsafeRawBufferPointer, into captures: Captures) -> Split {
        let starts = captures.starts
        let limit = self.maxDepth &+ 2
        let endsInSlash = path.count > 1 && path[path.count &- 1] == UInt8(ascii: "/")
        let end = path.count &- (endsInSlash ? 1 : 0)
        var count = 1
        var hasEscapes = false
        var colon = 0
        starts[0] = 1
        var position = 1
        while position < end {
            let byte = path[position]
            position &+= 1
            if byte == UInt8(ascii: "/") {
                if count < limit { starts[count] = Int32(truncatingIfNeeded: position) }
                count &+= 1
                colon = 0
            } else if byte == UInt8(ascii: "%") {
                hasEscapes = true
            } else if byte == UInt8(ascii: ":") {
                colon = position &- 1
            }
        }
        if count <= limit { starts[count] = Int32(truncatingIfNeeded: end &+ 1) }
        return Split(
            count: count,
            endsInSlash: endsInSlash,
            hasEscapes: hasEscapes,
            colon: colon
        )
    }

    /// The number of a method by its bytes.
    @inline(__always)
    private func number(ofMethod method: UnsafeRawBufferPointer) -> Int32 {
        let key = SegmentKey(method, start: 0, length: method.count)
        for index in self.methodKeys.indices where self.methodKeys[index] == key {
            if method.count <= 16 || self.allowNames[index].elementsEqual(method) {
                return Int32(truncatingIfNeeded: index)
            }
        }
        return RouteTerminal.unknownMethod
    }

    // MARK: - Walking

    /// The terminal of the best route at or below `node`, or -1.
    private func descend(from node: Int, depth: Int, _ reading: inout PathReading) -> Int {
        let here = self.nodes[node]
        if depth < reading.count {
            if here.hasLiterals {
                let start = Int(reading.starts[depth])
                let end = min(Int(reading.starts[depth &+ 1]) &- 1, reading.end)
                let parent = Int32(truncatingIfNeeded: node)
                let child = self.child(of: parent, reading.path, start: start, end: end)
                if child >= 0 {
                    let found = self.descend(from: Int(child), depth: depth &+ 1, &reading)
                    if found >= 0 { return found }
                }
            }
            if here.star >= 0 {
                let found = self.descend(from: Int(here.star), depth: depth &+ 1, &reading)
                if found >= 0 { return found }
            }
        } else if here.exactStart < here.exactEnd {
            let range = Int(here.exactStart)..<Int(here.exactEnd)
            let found = self.choose(range, &reading, isDeep: false, isAtEnd: true)
            if found >= 0 { return found }
        }
        guard here.exactEnd < here.deepEnd else { return -1 }
        let range = Int(here.exactEnd)..<Int(here.deepEnd)
        return self.choose(range, &reading, isDeep: true, isAtEnd: depth >= reading.count)
    }

    /// The terminal among those of one place whose method fits best, or -1.
    @inline(__always)
    private func choose(
        _ range: Range<Int>,
        _ reading: inout PathReading,
        isDeep: Bool,
        isAtEnd: Bool
    ) -> Int {
        var best = -1
        for index in range {
            let terminal = self.terminals[index]
            guard terminal.verb == reading.verb else { continue }
            if reading.asksIgnorersOnly, !terminal.ignoresTrailingSlash { continue }
            if reading.hasEmptyLast {
                let drops = reading.mayDropSlash && terminal.ignoresTrailingSlash
                if drops ? isAtEnd && !reading.endsInText : !isDeep { continue }
            }
            reading.allowed |= terminal.allowed
            if terminal.method == reading.method { return index }
            if terminal.method == RouteTerminal.anyMethod {
                if best < 0 { best = index }
            } else if reading.isHead, terminal.method == self.getMethod {
                best = index
            }
        }
        return best
    }

    /// The child of `parent` behind the text `path[start..<end]`, or -1.
    @inline(__always)
    private func child(
        of parent: Int32,
        _ path: UnsafeRawBufferPointer,
        start: Int,
        end: Int
    ) -> Int32 {
        let length = end &- start
        guard length > 0 else { return -1 }
        let key = SegmentKey(path, start: start, length: length)
        var slot = key.slot(parent: parent, shift: self.edgeShift)
        while true {
            let edge = self.edges[slot]
            if edge.child < 0 { return -1 }
            if edge.parent == parent, edge.key == key {
                if length <= 16 { return edge.child }
                let isEqual = self.text.withUnsafeBytes { text in
                    text[Int(edge.text)..<Int(edge.text) &+ length].elementsEqual(path[start..<end])
                }
                if isEqual { return edge.child }
            }
            slot = (slot &+ 1) & (self.edges.count &- 1)
        }
    }

    // MARK: - Capturing

    /// Decodes the variables of the route that was found.
    private func capture(
        _ found: Int,
        _ reading: PathReading,
        hasEscapes: Bool,
        _ captures: Captures
    ) -> RouteMatch {
        let terminal = self.terminals[found]
        let plan = self.plans[Int(terminal.route)]
        let drops = reading.mayDropSlash && terminal.ignoresTrailingSlash
        let pathEnd = reading.end &- (drops ? 1 : 0)
        var written = 0
        for index in 0..<Int(plan.spanCount) {
            let span = self.spans[Int(plan.firstSpan) &+ index]
            let start = min(Int(reading.starts[Int(span.first)]), pathEnd)
            var end = pathEnd
            if span.end >= 0 { end = min(end, Int(reading.starts[Int(span.end)]) &- 1) }
            let value = UnsafeRawBufferPointer(rebasing: reading.path[start..<max(start, end)])
            let space = UnsafeMutableRawBufferPointer(rebasing: captures.text[written...])
            var length = value.count
            if hasEscapes {
                let mode: PercentCoding.Mode =
                    span.isMultiSegment && !plan.fullyDecodes ? .exceptSlash : .all
                length = PercentCoding.decode(value, mode, into: space) ?? 0
            } else {
                space.copyMemory(from: value)
            }
            captures.ranges[index] = Captures.ByteRange(
                start: Int32(truncatingIfNeeded: written),
                end: Int32(truncatingIfNeeded: written &+ length)
            )
            written &+= length
        }
        captures.count = Int(plan.spanCount)
        return .route(Int(terminal.route))
    }
}
