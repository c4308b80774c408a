/// The status and headers of an answer that is OK.
package struct SuccessConfiguration: KeyedValue, Hashable {
    /// 200 to 204: what comes behind needs heads or bodies of its own kind (RFC 9110, section 15.3).
    package var status: Int?
    package var headers: [SuccessHeader]?
    package var places = Places()

    package init() {}

    package static let tableName = "routes[].success"
    package static let keys: [Key<Self>] = [
        .optional("status", \.status, .count(200...204), otherwise: "200", "the HTTP status"),
        .optional(
            "headers",
            \.headers,
            .successHeaders,
            otherwise: "none",
            "headers over the fields of the answer: location: /v1/users/{id}"
        ),
    ]
}

/// One header of a good answer.
package struct SuccessHeader: Sendable, Hashable {
    /// In lower case.
    package var name: String
    /// Text with `{field.path}` of the answer in it, not yet checked against the answer's type.
    package var template: String
    package var place: SourcePlace

    package init(name: String, template: String, place: SourcePlace) {
        self.name = name
        self.template = template
        self.place = place
    }
}

extension Kind where Value == [SuccessHeader] {
    static var successHeaders: Kind {
        let words = "a mapping of header names to texts"
        let template = Kind<String>.scalar(
            "a text of visible characters",
            parse: { text in
                text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.isEmpty ? text : nil
            },
            text: { $0 }
        )
        let name = Kind<String>.headerName
        return Kind(
            words,
            read: { node, reading in
                guard case .mapping(let entries) = node.value else {
                    reading.expected(words, at: node)
                    return nil
                }
                var headers: [SuccessHeader] = []
                for entry in entries {
                    reading.within(entry.key) { reading in
                        let key = ConfigNode(
                            value: .scalar(entry.key, isPlain: true),
                            line: entry.line,
                            column: entry.column
                        )
                        guard let name = name.read(key, &reading),
                            let template = template.read(entry.value, &reading)
                        else { return }
                        let place = reading.place(of: entry.value)
                        headers.append(SuccessHeader(name: name, template: template, place: place))
                    }
                }
                return headers
            },
            text: { _ in "" }
        )
    }
}
