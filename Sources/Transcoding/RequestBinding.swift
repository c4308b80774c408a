/// Where a request's body goes.
public enum BodyBinding: Sendable, Hashable {
    /// The rule has no body: only an empty one is accepted.
    case none
    /// `body: "*"`: the whole message. An empty body is the empty message.
    case whole
    /// `body: "field"`: one field. An empty body leaves it unset.
    case field(FieldPath)
}

/// How one route makes its request message, compiled when the configuration is loaded.
public struct RequestBinding: Sendable {
    /// Index of the request's type in `TypeTables.messages`.
    public var inputType: Int32
    public var body: BodyBinding
    /// The fields of the template's variables, in their order.
    public var captures: [FieldPath]
    /// Whether a JSON field that the schema does not know is a 400 (and unknown enum names).
    public var refusesUnknownFields: Bool
    /// Whether a query parameter that names no field is a 400.
    public var refusesUnknownQuery: Bool
    /// The field mask to fill from a JSON body when the client sends none; nil for no such thing.
    public var patchMask: PatchMask?

    public init(
        inputType: Int32,
        body: BodyBinding = .none,
        captures: [FieldPath] = [],
        refusesUnknownFields: Bool = true,
        refusesUnknownQuery: Bool = true,
        patchMask: PatchMask? = nil
    ) {
        self.inputType = inputType
        self.body = body
        self.captures = captures
        self.refusesUnknownFields = refusesUnknownFields
        self.refusesUnknownQuery = refusesUnknownQuery
        self.patchMask = patchMask
    }
}
