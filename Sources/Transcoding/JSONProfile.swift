/// How messages are written as JSON: the choices that ProtoJSON leaves to the writer.
///
/// `standard` is what the ProtoJSON specification calls the default; a route may have another.
public struct JSONProfile: Sendable, Hashable {
    public enum Names: UInt8, Sendable, CaseIterable {
        /// The JSON name: lowerCamelCase, or the field's `json_name`.
        case json
        /// The name in the .proto file.
        case original
    }

    public enum Defaults: UInt8, Sendable, CaseIterable {
        /// Fields that hold their default and do not track presence are left out.
        case omit
        /// Fields that do not track presence are always written, empty lists and maps too.
        case print
    }

    public enum Enums: UInt8, Sendable, CaseIterable {
        /// The value's name, `STATUS_ACTIVE`; a number that has no name stays a number.
        case name
        /// The value's number.
        case number
        /// The name without the prefix that all names of the enum share, `ACTIVE`.
        case stripped
    }

    public enum Integers: UInt8, Sendable, CaseIterable {
        /// 64-bit integers as strings, which no JSON reader rounds.
        case string
        /// 64-bit integers as numbers; readers that use doubles round them beyond 2^53.
        case number
    }

    public var names: Names
    public var defaults: Defaults
    public var enums: Enums
    public var int64: Integers
    /// Lines and an indentation of two spaces.
    public var pretty: Bool

    public init(
        names: Names = .json,
        defaults: Defaults = .omit,
        enums: Enums = .name,
        int64: Integers = .string,
        pretty: Bool = false
    ) {
        self.names = names
        self.defaults = defaults
        self.enums = enums
        self.int64 = int64
        self.pretty = pretty
    }

    /// ProtoJSON as the specification has it.
    public static let standard = JSONProfile()
}

extension JSONProfile {
    /// The same, but on one line.
    public var onOneLine: JSONProfile {
        var profile = self
        profile.pretty = false
        return profile
    }
}
