/// Refuses what binds one field twice.
extension RequestEncoder {
    /// Refuses a parameter for what the body binds.
    func checkQuery(
        _ binding: RequestBinding,
        firstStep first: Int
    ) throws(TranscodingError) {
        if case .whole = binding.body {
            throw TranscodingError(
                field: self.path(firstStep: first, count: self.steps.count - first),
                "expected no query parameter, the body binds all fields of the message"
            )
        }
        if case .field(let path) = binding.body,
            self.overlaps(path, firstStep: first, count: self.steps.count - first)
        {
            throw TranscodingError(
                field: self.path(firstStep: first, count: self.steps.count - first),
                "expected no query parameter, the body binds \(path.name)"
            )
        }
    }

    /// Refuses bindings of one field, or of a message and a field in it, that do not go together.
    ///
    /// They are sorted, so that such two stand beside each other.
    mutating func checkBindings(_ binding: RequestBinding) throws(TranscodingError) {
        guard self.bindings.count > 1 else { return }
        // The last message that stands as one value and lets captures be woven in: these stand
        // between it and what else may be for a field in it.
        var outer: Binding?
        for index in 1..<self.bindings.count {
            let one = self.bindings[index - 1]
            let other = self.bindings[index]
            if one.notation == .json { outer = one }
            if let outer, other.source != .capture, outer.stepCount < other.stepCount,
                self.isPrefix(outer, of: other)
            {
                throw self.secondSource(outer, other)
            }
            guard self.isPrefix(one, of: other) else { continue }
            let path = self.path(
                firstStep: Int(other.firstStep),
                count: Int(other.stepCount)
            )
            switch (one.source, other.source) {
            case (.body, .capture), (.form, .capture):
                guard one.notation == .json || one.stepCount == other.stepCount else {
                    throw self.secondSource(one, other)
                }
            case (.capture, .query):
                throw TranscodingError(
                    field: path,
                    "expected no query parameter, the path binds this field"
                )
            case (.query, .query) where one.stepCount == other.stepCount,
                (.form, .form) where one.stepCount == other.stepCount:
                let last = Int(self.steps[Int(other.firstStep + other.stepCount - 1)])
                switch self.view.fields[last].shape {
                case .repeated: continue
                case .singular:
                    throw TranscodingError(field: path, "expected one value, found several")
                case .map:
                    guard let key = one.key, let second = other.key else {
                        throw TranscodingError(
                            field: path,
                            "expected one value or its entries, found several"
                        )
                    }
                    guard key.elementsEqual(second) else { continue }
                    throw TranscodingError(
                        field: path,
                        "expected each key once, found \"\(Excerpt.of(key))\" twice"
                    )
                }
            default: throw self.secondSource(one, other)
            }
        }
    }

    @inline(never)
    private func secondSource(_ one: Binding, _ other: Binding) -> TranscodingError {
        let outer = self.path(firstStep: Int(one.firstStep), count: Int(one.stepCount))
        return TranscodingError(
            field: self.path(firstStep: Int(other.firstStep), count: Int(other.stepCount)),
            "expected one source, found a second value that binds \(outer)"
        )
    }

    /// By fields, then by source, then by key, then as they came.
    static func compare(
        _ one: Binding,
        _ other: Binding,
        steps: UnsafePointer<Int32>
    ) -> Int {
        let common = min(one.stepCount, other.stepCount)
        for index in 0..<common {
            let first = steps[Int(one.firstStep + index)]
            let second = steps[Int(other.firstStep + index)]
            if first != second { return first < second ? -1 : 1 }
        }
        if one.stepCount != other.stepCount { return one.stepCount < other.stepCount ? -1 : 1 }
        if one.source != other.source {
            return one.source.rawValue < other.source.rawValue ? -1 : 1
        }
        switch (one.key, other.key) {
        case (nil, .some): return -1
        case (.some, nil): return 1
        case (let key?, let second?) where !key.elementsEqual(second):
            return key.lexicographicallyPrecedes(second) ? -1 : 1
        default: return one.order < other.order ? -1 : 1
        }
    }

    private func isPrefix(_ one: Binding, of other: Binding) -> Bool {
        guard one.stepCount <= other.stepCount else { return false }
        for index in 0..<one.stepCount
        where self.steps[Int(one.firstStep + index)] != self.steps[Int(other.firstStep + index)] {
            return false
        }
        return true
    }

    private func overlaps(_ path: FieldPath, firstStep: Int, count: Int) -> Bool {
        for index in 0..<min(path.steps.count, count)
        where path.steps[index] != self.steps[firstStep + index] {
            return false
        }
        return true
    }

    private func path(firstStep: Int, count: Int) -> String {
        (firstStep..<firstStep + count)
            .map { self.tables.string(self.tables.fields[Int(self.steps[$0])].protoName) }
            .joined(separator: ".")
    }
}
