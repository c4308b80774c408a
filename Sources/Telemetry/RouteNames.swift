internal import Bytes

/// The names that go with route and backend numbers, prepared when the routes are loaded.
///
/// Records and shards hold numbers only; these are their words in metrics and access lines. Each
/// event loop has its own copy (`copy()`).
public final class RouteNames: Sendable {
    /// The words for one route.
    public struct Route: Hashable, Sendable {
        /// The template as it is declared: `/v1/users/{id}`, never a path of a request.
        public let template: String
        /// The full name of the service: `user.v1.UserService`.
        public let service: String
        /// The method of the service: `GetUser`.
        public let method: String

        public init(template: String, service: String, method: String) {
            self.template = template
            self.service = service
            self.method = method
        }
    }

    public let routes: [Route]
    /// The names of the backends, by number.
    public let backends: [String]

    /// `"route":"…","rpc":"…"` of each route, and at the end that of no route.
    private let json: [UInt8]
    private let jsonEnds: [Int]

    public init(routes: [Route], backends: [String]) {
        self.routes = routes
        self.backends = backends
        var output = OutputBuffer()
        var ends: [Int] = []
        for route in routes {
            Self.append(route.template, rpc: "\(route.service)/\(route.method)", to: &output)
            ends.append(output.count)
        }
        Self.append("", rpc: "", to: &output)
        ends.append(output.count)
        self.json = output.bytes()
        self.jsonEnds = ends
    }

    /// The same names in memory of their own, for another event loop.
    public func copy() -> RouteNames {
        RouteNames(routes: self.routes, backends: self.backends)
    }

    /// Whether `route` is the number of a route here.
    func contains(_ route: Int) -> Bool { self.routes.indices.contains(route) }

    /// The number of bytes `appendJSON` appends.
    func jsonCount(of route: Int) -> Int { self.range(of: route).count }

    /// Appends `"route":"…","rpc":"…"`, both empty for a number that is no route's.
    func appendJSON(of route: Int, to output: inout OutputBuffer) {
        let range = self.range(of: route)
        self.json.withUnsafeBytes {
            output.append(UnsafeRawBufferPointer(rebasing: $0[range]))
        }
    }

    private func range(of route: Int) -> Range<Int> {
        let index = self.contains(route) ? route : self.routes.count
        return (index == 0 ? 0 : self.jsonEnds[index &- 1])..<self.jsonEnds[index]
    }

    private static func append(_ template: String, rpc: String, to output: inout OutputBuffer) {
        output.append("\"route\":\"")
        Array(template.utf8).withUnsafeBytes { JSONText.append($0, to: &output) }
        output.append("\",\"rpc\":\"")
        Array(rpc.utf8).withUnsafeBytes { JSONText.append($0, to: &output) }
        output.append("\"")
    }
}
