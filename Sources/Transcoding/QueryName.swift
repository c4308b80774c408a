/// Resolves the name of a query parameter or a form field: `user.address.city`, `labels[key]`.
///
/// Each segment is an original name, a JSON name or an extension's `[full.name]`. A key may hold
/// anything; it ends with the name.
enum QueryName {
    enum Outcome {
        case field(key: UnsafeRawBufferPointer?)
        /// No such field; the message that lacks it, for a hint, and where its name begins.
        case unknown(message: Int32, segment: UnsafeRawBufferPointer)
        /// The field is there but cannot be a parameter.
        case unsuitable(String)
    }

    /// Appends the fields that `name` names to `steps`.
    ///
    /// - Parameters:
    ///   - name: the name as sent, decoded.
    ///   - type: the message that it starts from.
    ///   - view: the tables.
    ///   - depth: the most segments, which bounds the recursion of who writes the fields.
    ///   - takesAny: whether the last field may be any, also one without a form as text.
    ///   - steps: takes indices into the tables' fields.
    /// - Returns: what the name is; `steps` has grown also where it is none.
    static func resolve(
        _ name: UnsafeRawBufferPointer,
        in type: Int32,
        view: TableView,
        depth: Int,
        takesAny: Bool = false,
        into steps: inout ScratchList<Int32>
    ) -> Outcome {
        var type = type
        var start = 0
        var segments = 0
        while true {
            let segment = self.segment(name, from: start)
            let message = view.messages[Int(type)]
            let index = view.field(segment, of: message, guess: .max)
            guard index >= 0 else { return .unknown(message: type, segment: segment) }
            segments += 1
            guard segments <= depth else {
                return .unsuitable("expected at most \(depth) names, found more")
            }
            steps.append(Int32(truncatingIfNeeded: index))
            let field = view.fields[index]
            let end = start + segment.count
            if field.shape == .map {
                return self.mapKey(name, from: end, field, view, takesAny: takesAny)
            }
            if end == name.count {
                if !takesAny, let refusal = self.refusal(ofText: field, key: nil, view) {
                    return .unsuitable(refusal)
                }
                return .field(key: nil)
            }
            guard name[end] == UInt8(ascii: ".") else {
                return .unknown(message: type, segment: self.rest(name, from: start))
            }
            guard field.shape == .singular else {
                return .unsuitable("is repeated: expected no field within it")
            }
            guard field.kind == .message || field.kind == .group else {
                return .unsuitable("is no message: expected no field within it")
            }
            switch view.messages[Int(field.typeIndex)].wellKnown {
            case .any, .structure, .value, .listValue:
                return .unsuitable("has no form as a parameter")
            default: break
            }
            type = field.typeIndex
            start = end + 1
        }
    }

    /// Why a field takes no text; nil where it does.
    ///
    /// - Parameters:
    ///   - field: the last field of a name; the value's where it is a map's entry.
    ///   - key: the key of a map's entry.
    ///   - view: the tables.
    /// - Returns: what it is, and what was expected.
    static func refusal(
        ofText field: FieldEntry,
        key: UnsafeRawBufferPointer?,
        _ view: TableView
    ) -> String? {
        if field.shape == .map { return "is a map: expected name[key]" }
        guard field.kind == .message || field.kind == .group,
            !view.messages[Int(field.typeIndex)].wellKnown.hasTextForm
        else { return nil }
        return key == nil
            ? "is a message: expected one of its fields"
            : "is a map of messages: it has no form as a parameter"
    }

    private static func mapKey(
        _ name: UnsafeRawBufferPointer,
        from start: Int,
        _ field: FieldEntry,
        _ view: TableView,
        takesAny: Bool
    ) -> Outcome {
        if takesAny, start == name.count { return .field(key: nil) }
        guard name.count >= start + 2, name[start] == UInt8(ascii: "["),
            name[name.count - 1] == UInt8(ascii: "]")
        else { return .unsuitable("is a map: expected name[key]") }
        let key = UnsafeRawBufferPointer(rebasing: name[start + 1..<name.count - 1])
        let entry = view.messages[Int(field.typeIndex)]
        let value = view.fields[Int(entry.firstField) + 1]
        if !takesAny, let refusal = self.refusal(ofText: value, key: key, view) {
            return .unsuitable(refusal)
        }
        return .field(key: key)
    }

    /// The name up to the next `.` or `[`, or through the `]` of an extension's.
    private static func segment(
        _ name: UnsafeRawBufferPointer,
        from start: Int
    ) -> UnsafeRawBufferPointer {
        var end = start
        if end < name.count, name[end] == UInt8(ascii: "[") {
            while end < name.count, name[end] != UInt8(ascii: "]") { end += 1 }
            end = min(end + 1, name.count)
        } else {
            while end < name.count, name[end] != UInt8(ascii: "."), name[end] != UInt8(ascii: "[") {
                end += 1
            }
        }
        return UnsafeRawBufferPointer(rebasing: name[start..<end])
    }

    private static func rest(
        _ name: UnsafeRawBufferPointer,
        from start: Int
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: name[start...])
    }
}
