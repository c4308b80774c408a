/// How answers are printed, each part only where it was said.
package struct JSONOptions: KeyedValue, Hashable {
    package var names: JSONNames?
    package var defaults: JSONDefaults?
    package var enums: JSONEnums?
    package var int64: JSONInt64?
    package var pretty: Bool?
    package var places = Places()

    package init() {}

    package static let tableName = "json"
    package static let keys: [Key<Self>] = [
        .optional(
            "names",
            \.names,
            .choice(),
            otherwise: JSONSettings().names.rawValue,
            "lowerCamelCase or as in the .proto file"
        ),
        .optional(
            "defaults",
            \.defaults,
            .choice(),
            otherwise: JSONSettings().defaults.rawValue,
            "whether fields with their default value are printed"
        ),
        .optional(
            "enums",
            \.enums,
            .choice(),
            otherwise: JSONSettings().enums.rawValue,
            "name, number, or name without the common prefix"
        ),
        .optional(
            "int64",
            \.int64,
            .choice(),
            otherwise: JSONSettings().int64.rawValue,
            "64-bit integers as strings or numbers"
        ),
        .optional(
            "pretty",
            \.pretty,
            .boolean,
            otherwise: "\(JSONSettings().pretty)",
            "line breaks and indentation"
        ),
    ]
}

/// How answers are printed, decided.
package struct JSONSettings: Sendable, Hashable {
    package var names = JSONNames.json
    package var defaults = JSONDefaults.omit
    package var enums = JSONEnums.name
    package var int64 = JSONInt64.string
    package var pretty = false

    package init() {}

    /// These settings with what `options` say instead.
    package func applying(_ options: JSONOptions) -> JSONSettings {
        var settings = self
        settings.names = options.names ?? self.names
        settings.defaults = options.defaults ?? self.defaults
        settings.enums = options.enums ?? self.enums
        settings.int64 = options.int64 ?? self.int64
        settings.pretty = options.pretty ?? self.pretty
        return settings
    }
}

/// The names of fields in JSON.
package enum JSONNames: String, NamedChoice {
    case json
    case original
}

/// Whether default values are printed.
package enum JSONDefaults: String, NamedChoice {
    case omit
    case print
}

/// How enum values are printed.
package enum JSONEnums: String, NamedChoice {
    case name
    case number
    case stripped
}

/// How 64-bit integers are printed.
package enum JSONInt64: String, NamedChoice {
    case string
    case number
}
