internal import Configuration
internal import Routing

/// Finds routes whose paths differ in upper and lower case only.
///
/// Paths are case-sensitive (RFC 3986, 6.2.2.1), so both are served; but `/v1/Users` beside `/v1/users`
/// is more often a slip than a wish.
enum CaseCheck {
    /// - Parameters:
    ///   - routes: the compiled routes.
    ///   - places: where each was declared.
    /// - Returns: a warning for each route that has a twin before it.
    static func warnings(of routes: [Route], places: [SourcePlace]) -> [ConfigError] {
        var seen: [String: Int] = [:]
        var warnings: [ConfigError] = []
        for (index, route) in routes.enumerated() {
            let key = "\(route.verb) \(route.template.shape.lowercased())"
            guard let first = seen[key] else {
                seen[key] = index
                continue
            }
            // Equal shapes are a conflict, which is an error of its own.
            guard routes[first].template.shape != route.template.shape else { continue }
            warnings.append(
                ConfigError(
                    "'\(route.verb) \(route.template)' differs from "
                        + "'\(routes[first].verb) \(routes[first].template)' in case only",
                    at: places[index],
                    hint: "the other is at \(places[first])"
                )
            )
        }
        return warnings
    }
}
