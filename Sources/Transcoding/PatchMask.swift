/// The field mask of an update, which the gateway fills when the client sends none.
///
/// A route with the verb PATCH updates the fields that its JSON body has: which these are, the
/// backend is told by a `google.protobuf.FieldMask` beside the resource (AIP-134). Resolved when the
/// configuration is loaded, kept in `RequestBinding.patchMask`.
public struct PatchMask: Sendable, Hashable {
    /// The most paths of one mask; a body with more fields needs a mask of its own.
    public static let pathLimit = 1000

    /// The mask: an index into `TypeTables.fields`, a field of the request's type.
    let mask: Int32
    /// The resource, likewise.
    let resource: Int32

    /// Finds mask and resource of a request's type.
    ///
    /// The type must have exactly one singular field mask, bound by no path variable. The resource is
    /// the body's field if that is an ordinary message of the request's type itself; for `body: "*"`
    /// it is the one field of the type that is an ordinary message.
    ///
    /// - Parameters:
    ///   - input: the request's type.
    ///   - body: where the body goes.
    ///   - captures: what the path binds.
    ///   - tables: the types.
    /// - Returns: nil where the two are not there, or cannot be told from others.
    public static func resolve(
        input: Int32,
        body: BodyBinding,
        captures: [FieldPath],
        tables: TypeTables
    ) -> PatchMask? {
        let message = tables.messages[Int(input)]
        guard message.wellKnown == .none else { return nil }
        let first = Int(message.firstField)
        var masks: [Int] = []
        var resources: [Int] = []
        for index in first..<first + Int(message.fieldCount) {
            let field = tables.fields[index]
            guard field.kind == .message || field.kind == .group else { continue }
            switch tables.messages[Int(field.typeIndex)].wellKnown {
            case .fieldMask: masks.append(index)
            case .none where field.shape == .singular: resources.append(index)
            default: break
            }
        }
        guard masks.count == 1, tables.fields[masks[0]].shape == .singular else { return nil }
        let mask = Int32(masks[0])
        guard !captures.contains(where: { $0.steps.first == mask }) else { return nil }
        switch body {
        case .none: return nil
        case .whole:
            guard resources.count == 1 else { return nil }
            return PatchMask(mask: mask, resource: Int32(resources[0]))
        case .field(let path):
            guard path.steps.count == 1, resources.contains(Int(path.steps[0])) else { return nil }
            return PatchMask(mask: mask, resource: path.steps[0])
        }
    }
}
