/// One route as it is declared: a method, a path template and how the path is read.
public struct Route: Sendable {
    /// The method as it is sent (`GET`, a custom one), compared byte by byte; `*` takes any.
    public var verb: String
    public var template: PathTemplate
    /// Whether `%2F` in a variable of several segments becomes `/` too
    /// (`fully_decode_reserved_expansion` of google/api/http.proto).
    public var fullyDecode: Bool
    /// Whether one `/` at the end of a path is dropped for this route.
    public var ignoresTrailingSlash: Bool

    public init(
        verb: String,
        template: PathTemplate,
        fullyDecode: Bool = false,
        ignoresTrailingSlash: Bool = false
    ) {
        self.verb = verb
        self.template = template
        self.fullyDecode = fullyDecode
        self.ignoresTrailingSlash = ignoresTrailingSlash
    }
}

/// What a table says to a method and a path.
public enum RouteMatch: Equatable, Sendable {
    /// The index of the route in the list the table was made of; the captures hold its variables.
    case route(Int)
    /// The path fits routes of other methods only: 405, or 204 to OPTIONS, with `Allow`.
    case methodNotAllowed(allow: MethodSet)
    /// The path fits no route: 404.
    case notFound
    /// The path is broken: 400, with the reason.
    case malformed(StaticString)

    public static func == (left: RouteMatch, right: RouteMatch) -> Bool {
        switch (left, right) {
        case (.route(let one), .route(let other)): one == other
        case (.methodNotAllowed(let one), .methodNotAllowed(let other)): one == other
        case (.notFound, .notFound), (.malformed, .malformed): true
        case (.route, _), (.methodNotAllowed, _), (.notFound, _), (.malformed, _): false
        }
    }
}
