/// One verb and path that a method answers at, with what becomes its message.
package struct HTTPBinding: KeyedValue, Hashable {
    package var line = RouteLine(verb: "", path: "")
    /// `*` for the whole message, a field's name, or nil for no body.
    package var body: String?
    /// The field of the answer that is printed; nil for the whole of it.
    package var responseBody: String?
    package var places = Places()

    package init() {}

    package init(line: RouteLine, body: String? = nil, responseBody: String? = nil) {
        self.line = line
        self.body = body
        self.responseBody = responseBody
    }

    package var verb: String { self.line.verb }
    package var path: String { self.line.path }

    package static let tableName = "routes[].additional[]"
    package static let keys: [Key<Self>] = [
        .required("route", \.line, .routeLine, "verb and path"),
        .optional(
            "body",
            \.body,
            .bodyField,
            otherwise: "no body",
            "* or the field that the body fills"
        ),
        .optional(
            "response_body",
            \.responseBody,
            .fieldName,
            otherwise: "the whole message",
            "the field of the answer that is printed"
        ),
    ]
}

/// A verb and a path template on one line: `GET /v1/users/{id}`.
package struct RouteLine: Sendable, Hashable, CustomStringConvertible {
    /// `GET`, any other token in upper case, or `*` for every verb.
    package var verb: String
    /// A template of `google/api/http.proto`, not yet checked beyond its first byte.
    package var path: String

    package init(verb: String, path: String) {
        self.verb = verb
        self.path = path
    }

    /// Reads `VERB /path`, taking `<id>` for `{id}`; nil when it is no such line.
    package init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 2, parts[1].hasPrefix("/"), Self.isVerb(parts[0]) else { return nil }
        self.init(
            verb: String(parts[0]),
            path: String(parts[1].map { $0 == "<" ? "{" : $0 == ">" ? "}" : $0 })
        )
    }

    package var description: String { "\(self.verb) \(self.path)" }

    /// `*`, or a token without small letters: methods are case-sensitive (RFC 9110, section 9.1).
    static func isVerb(_ text: some StringProtocol) -> Bool {
        HeaderNames.isToken(text) && !text.utf8.contains { (0x61...0x7A).contains($0) }
            && (text == "*" || !text.utf8.contains(UInt8(ascii: "*")))
    }

    static func hint(_ text: String) -> String? {
        if text.hasPrefix("/") { return "put a verb in front: GET \(text)" }
        let parts = text.split(separator: " ")
        guard parts.count == 2 else { return nil }
        let upper = parts[0].uppercased()
        if !parts[1].hasPrefix("/") { return "begin the path with '/'" }
        return self.isVerb(upper) ? "write \(upper) \(parts[1])" : nil
    }
}

extension Kind where Value == RouteLine {
    static var routeLine: Kind {
        .scalar(
            "a verb and a path such as GET /v1/users/{id}",
            hint: RouteLine.hint,
            parse: { RouteLine($0) },
            text: \.description
        )
    }
}

extension Kind where Value == HTTPBinding {
    /// A further binding: a line alone, or a mapping with a body.
    static var binding: Kind {
        let mapping = Kind.mapping
        let line = Kind<RouteLine>.routeLine
        return Kind(
            "a verb and a path, or a mapping with route, body and response_body",
            read: { node, reading in
                guard case .scalar = node.value else { return mapping.read(node, &reading) }
                guard let line = line.read(node, &reading) else { return nil }
                var binding = HTTPBinding(line: line)
                binding.places = Places(own: reading.place(of: node))
                return binding
            },
            text: \.line.description,
            nested: mapping.nested
        )
    }
}

extension Kind where Value == String {
    /// The name of a field, or a path of names.
    static var fieldName: Kind {
        .scalar(
            "the name of a field",
            parse: { MethodName.isDotted($0) ? $0 : nil },
            text: { $0 }
        )
    }

    /// `*` or the name of a field.
    static var bodyField: Kind {
        .scalar(
            "'*' or the name of a field",
            parse: { $0 == "*" || MethodName.isDotted($0) ? $0 : nil },
            text: { $0 }
        )
    }
}
