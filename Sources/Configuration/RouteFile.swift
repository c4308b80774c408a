/// Reads the files that declare routes, of both kinds.
package enum RouteFile {
    private static let serviceType = "google.api.Service"

    /// Reads the routes of a file: Transom's own `routes:`, or `http.rules` of a service config.
    ///
    /// - Parameters:
    ///   - source: the file.
    ///   - environment: what `${NAME}` is replaced from, in Transom's own files only.
    /// - Returns: the routes that could be read, and every error.
    package static func read(
        _ source: SourceFile,
        environment: [String: String]
    ) -> (routes: [RouteDeclaration], errors: [ConfigError]) {
        var (root, errors) = YAMLTree.read(source)
        guard let root else { return ([], errors) }
        var reading = Reading(source, environment: environment)
        var routes: [RouteDeclaration] = []
        if case .scalar(self.serviceType, _)? = root.child("type")?.value {
            routes = ServiceConfigFile.read(root, &reading)
        } else {
            routes = self.readRoutes(root, &reading)
        }
        errors += reading.errors
        return (routes, ConfigError.inReadingOrder(errors))
    }

    private static func readRoutes(
        _ root: ConfigNode,
        _ reading: inout Reading
    ) -> [RouteDeclaration] {
        guard case .mapping(let entries) = root.value else {
            let isList = if case .list = root.value { true } else { false }
            reading.expected(
                "a mapping with the key 'routes'",
                at: root,
                hint: isList ? "put 'routes:' above the list" : nil
            )
            return []
        }
        var routes: [RouteDeclaration] = []
        var hasRoutes = false
        for entry in entries {
            if entry.key == "routes" {
                hasRoutes = true
                routes = reading.within("routes") { self.readList(entry.value, &$0) }
            } else if entry.key == "http" {
                let node = ConfigNode(value: .nothing, line: entry.line, column: entry.column)
                reading.within("http") { reading in
                    reading.fail(
                        "expected 'type: \(self.serviceType)' in a file with 'http', found none",
                        at: node,
                        hint: "add it at the top of the file"
                    )
                }
                hasRoutes = true
            } else {
                reading.unknown(entry, in: "a route file", known: ["routes"])
            }
        }
        if !hasRoutes { reading.require("routes", in: entries, of: root) }
        return routes
    }

    private static func readList(
        _ node: ConfigNode,
        _ reading: inout Reading
    ) -> [RouteDeclaration] {
        guard case .list(let nodes) = node.value else {
            reading.expected("a list of routes", at: node)
            return []
        }
        var routes: [RouteDeclaration] = []
        for (index, node) in nodes.enumerated() {
            reading.within(element: index) { reading in
                let before = reading.errors.count
                guard var route = RouteDeclaration.read(node, &reading),
                    reading.errors.count == before
                else { return }
                route.binding.places = route.places
                route.settle()
                routes.append(route)
            }
        }
        return routes
    }
}
