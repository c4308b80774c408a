/// One route as a file declares it, not yet checked against the schema.
package struct RouteDeclaration: RouteOptionsHolder, Hashable {
    package var source = RouteSource.routeFile
    package var rpc = MethodName(service: "", method: "")
    /// The binding of the route itself; its places are the route's.
    package var binding = HTTPBinding()
    /// Further bindings of the same method.
    package var additional: [HTTPBinding] = []
    package var options = RouteOptions()
    package var success = SuccessConfiguration()
    package var limits = RouteLimits()
    package var places = Places()

    package init() {}

    /// The bindings in the order written.
    package var bindings: [HTTPBinding] { [self.binding] + self.additional }

    package static let tableName = "routes[]"
    package static let keys: [Key<Self>] =
        [
            .required(
                "route",
                \.binding.line,
                .routeLine,
                "verb and path; any verb is \"* /path\""
            ),
            .required("rpc", \.rpc, .methodName, "package.Service/Method"),
            .optional(
                "body",
                \.binding.body,
                .bodyField,
                otherwise: "no body",
                "\"*\" or the field that the body fills"
            ),
            .optional(
                "response_body",
                \.binding.responseBody,
                .fieldName,
                otherwise: "the whole message",
                "the field of the answer that is printed"
            ),
            .key(
                "additional",
                \.additional,
                .list("a list of bindings", of: .binding),
                "further verbs and paths of the method"
            ),
        ] + Self.optionKeys
}

/// Where a route came from; a higher source replaces a method's rules from lower ones.
package enum RouteSource: Int, Sendable, Hashable, Comparable {
    /// `google.api.http` in the schema.
    case annotation
    /// A `google.api.Service` file.
    case serviceConfig
    /// A route file of Transom.
    case routeFile

    package static func < (left: RouteSource, right: RouteSource) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Options for all routes of one method, whatever their source.
package struct MethodConfiguration: RouteOptionsHolder, Hashable {
    package var rpc = MethodName(service: "", method: "")
    /// The field of the answer that is printed, where the route does not say.
    package var responseBody: String?
    /// Further bindings, beside those of the source.
    package var additional: [HTTPBinding] = []
    package var options = RouteOptions()
    package var success = SuccessConfiguration()
    package var limits = RouteLimits()
    package var places = Places()

    package init() {}

    package static let tableName = "methods.\"pkg.Service/Method\""
    package static let keys: [Key<Self>] =
        [
            .optional(
                "response_body",
                \.responseBody,
                .fieldName,
                otherwise: "the whole message",
                "the field of the answer that is printed"
            ),
            .key(
                "additional",
                \.additional,
                .list("a list of bindings", of: .binding),
                "further verbs and paths of the method"
            ),
        ] + Self.optionKeys
}
