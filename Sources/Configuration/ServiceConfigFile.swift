/// Reads `http.rules` of a `google.api.Service` file, which is used unchanged.
///
/// Such a file says much that is not for a gateway; keys outside `http` are passed over. Within it
/// the names are those of `google/api/http.proto`, in snake_case or, as ProtoJSON has them,
/// lowerCamelCase. `$` has no meaning in these files. Of several rules for one method the last one
/// holds (`google/api/service.proto`: last one wins).
enum ServiceConfigFile {
    private static let verbs = ["get", "put", "post", "delete", "patch"]
    private static let ruleKeys = [
        "selector", "get", "put", "post", "delete", "patch", "custom", "body", "response_body",
        "additional_bindings",
    ]
    /// Fields that older versions of `HttpRule` had and that say nothing about routes.
    private static let formerKeys = [
        "media_upload", "media_download", "rest_collection", "rest_method_name", "authorizations",
    ]

    /// Reads the rules of a whole file.
    static func read(_ root: ConfigNode, _ reading: inout Reading) -> [RouteDeclaration] {
        guard let http = root.child("http") else {
            reading.fail(
                "expected the key 'http' in a file of type google.api.Service, found none",
                at: root
            )
            return []
        }
        return reading.within("http") { self.readHTTP(http, &$0) }
    }

    private static func readHTTP(
        _ node: ConfigNode,
        _ reading: inout Reading
    ) -> [RouteDeclaration] {
        guard case .mapping(let entries) = node.value else {
            reading.expected("a mapping with the key 'rules'", at: node)
            return []
        }
        var rules: ConfigNode?
        var fullyDecode: Bool?
        for entry in entries {
            switch self.snakeCase(entry.key) {
            case "rules": rules = entry.value
            case "fully_decode_reserved_expansion":
                fullyDecode = reading.within(entry.key) {
                    Kind<Bool>.boolean.read(entry.value, &$0)
                }
            default:
                reading.unknown(
                    entry,
                    in: "http",
                    known: ["rules", "fully_decode_reserved_expansion"]
                )
            }
        }
        guard let rules else {
            reading.require("rules", in: entries, of: node)
            return []
        }
        let routes = reading.within("rules") { self.readRules(rules, &$0) }
        var latest: [MethodName: Int] = [:]
        for (index, route) in routes.enumerated() { latest[route.rpc] = index }
        return routes.enumerated().compactMap { index, route in
            guard latest[route.rpc] == index else { return nil }
            var route = route
            route.options.fullyDecode = fullyDecode
            return route
        }
    }

    private static func readRules(
        _ node: ConfigNode,
        _ reading: inout Reading
    ) -> [RouteDeclaration] {
        guard case .list(let nodes) = node.value else {
            reading.expected("a list of rules", at: node)
            return []
        }
        var routes: [RouteDeclaration] = []
        for (index, node) in nodes.enumerated() {
            reading.within(element: index) { reading in
                let before = reading.errors.count
                let rule = self.readRule(node, isAdditional: false, &reading)
                guard reading.errors.count == before, let rule, let rpc = rule.rpc else { return }
                var route = RouteDeclaration()
                route.source = .serviceConfig
                route.rpc = rpc
                route.binding = rule.binding
                route.additional = rule.additional
                route.places = rule.binding.places
                routes.append(route)
            }
        }
        return routes
    }

    // MARK: - One rule

    private struct Rule {
        var rpc: MethodName?
        var binding = HTTPBinding()
        var additional: [HTTPBinding] = []
    }

    private static func readRule(
        _ node: ConfigNode,
        isAdditional: Bool,
        _ reading: inout Reading
    ) -> Rule? {
        guard case .mapping(let entries) = node.value else {
            reading.expected("a rule with a selector and a verb", at: node)
            return nil
        }
        var rule = Rule()
        var pattern: String?
        rule.binding.places.own = reading.place(of: node)
        for entry in entries {
            let name = self.snakeCase(entry.key)
            reading.within(entry.key) { reading in
                let place = reading.place(of: entry.value)
                switch name {
                case "selector":
                    rule.binding.places.keys["rpc"] = place
                    rule.rpc = self.selector(entry.value, &reading)
                case "custom",
                    _ where self.verbs.contains(name):
                    if let pattern {
                        let message =
                            "expected one verb in a rule, found '\(pattern)' and '\(name)'"
                        reading.fail(message, at: entry.value, hint: "use additional_bindings")
                    }
                    pattern = name
                    rule.binding.places.keys["route"] = place
                    let line = self.line(name, entry.value, &reading)
                    if let line { rule.binding.line = line }
                case "body", "response_body":
                    guard let text = self.text(entry.value, &reading), !text.isEmpty else { return }
                    rule.binding.places.keys[name] = place
                    let kind: Kind<String> = name == "body" ? .bodyField : .fieldName
                    guard kind.read(entry.value, &reading) != nil else { return }
                    if name == "body" {
                        rule.binding.body = text
                    } else {
                        rule.binding.responseBody = text
                    }
                case "additional_bindings" where !isAdditional:
                    rule.additional = self.additional(entry.value, &reading)
                case "additional_bindings":
                    // http.proto: nested bindings must not hold further ones.
                    reading.fail("expected no additional_bindings within others", at: entry.value)
                case _ where self.formerKeys.contains(name): break
                default: break
                }
            }
            if !self.ruleKeys.contains(name), !self.formerKeys.contains(name) {
                reading.unknown(entry, in: "http.rules[]", known: self.ruleKeys)
            }
        }
        if !isAdditional { reading.require("selector", in: entries, of: node) }
        if pattern == nil {
            let known = self.verbs.joined(separator: ", ")
            reading.fail("expected a verb (\(known) or custom), found none", at: node)
        }
        return rule
    }

    private static func additional(
        _ node: ConfigNode,
        _ reading: inout Reading
    ) -> [HTTPBinding] {
        guard case .list(let nodes) = node.value else {
            reading.expected("a list of rules", at: node)
            return []
        }
        var bindings: [HTTPBinding] = []
        for (index, node) in nodes.enumerated() {
            reading.within(element: index) { reading in
                let rule = self.readRule(node, isAdditional: true, &reading)
                if let rule { bindings.append(rule.binding) }
            }
        }
        return bindings
    }

    private static func selector(_ node: ConfigNode, _ reading: inout Reading) -> MethodName? {
        guard let text = self.text(node, &reading) else { return nil }
        if let name = MethodName(selector: text) { return name }
        let message = "expected a selector such as user.v1.UserService.GetUser"
        reading.fail(
            "\(message), found \(Quoted.text(text))",
            at: node,
            hint: MethodName(text).map { "write \($0.service).\($0.method)" }
        )
        return nil
    }

    private static func line(
        _ name: String,
        _ node: ConfigNode,
        _ reading: inout Reading
    ) -> RouteLine? {
        guard name == "custom" else {
            return self.path(node, &reading).map {
                RouteLine(verb: name.uppercased(), path: $0)
            }
        }
        guard let kind = node.child("kind"), let pathNode = node.child("path") else {
            reading.expected("a mapping with kind and path", at: node)
            return nil
        }
        let verb = reading.within("kind") { self.text(kind, &$0) }
        let path = reading.within("path") { self.path(pathNode, &$0) }
        guard let verb, let path else { return nil }
        guard RouteLine.isVerb(verb) else {
            reading.within("kind") { $0.expected("a verb in capitals, or '*'", at: kind) }
            return nil
        }
        return RouteLine(verb: verb, path: path)
    }

    private static func path(_ node: ConfigNode, _ reading: inout Reading) -> String? {
        guard let text = self.text(node, &reading) else { return nil }
        guard text.hasPrefix("/") else {
            reading.expected("a path that begins with '/'", at: node)
            return nil
        }
        return text
    }

    private static func text(_ node: ConfigNode, _ reading: inout Reading) -> String? {
        if case .scalar(let text, _) = node.value { return text }
        reading.expected("a text", at: node)
        return nil
    }

    /// `additionalBindings` as `additional_bindings`.
    private static func snakeCase(_ key: String) -> String {
        var result = ""
        for character in key {
            if character.isASCII, character.isUppercase { result += "_" }
            result += character.lowercased()
        }
        return result
    }
}
