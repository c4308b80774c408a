internal import Configuration

/// One verb and path of one method, whatever source it came from, before it is compiled.
struct BoundRoute {
    /// The method as named, which may be unknown to the schema.
    var rpc: MethodName
    var source: RouteSource
    var binding: HTTPBinding
    /// What the route and `methods` say, defaults not filled in.
    var options: RouteOptions
    /// Where the route, or this further binding of it, was declared.
    var place: SourcePlace
    /// The places of the keys of the route, which its further bindings share.
    var places: Places

    /// The keys that a further binding has for itself (one that is a line alone has none of them
    /// written as a key).
    private static let ownKeys: Set = ["route", "body", "response_body"]

    /// The place to name in a complaint about `key`.
    func place(of key: String) -> SourcePlace {
        if let place = self.binding.places.keys[key] { return place }
        return Self.ownKeys.contains(key) ? self.place : self.places.keys[key] ?? self.place
    }
}
