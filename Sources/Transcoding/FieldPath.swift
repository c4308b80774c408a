internal import Bytes

/// A field named by a dotted path, `user.address.city`, resolved against a message type.
public struct FieldPath: Sendable, Hashable {
    /// Indices into `TypeTables.fields`, from the outermost message inwards; never empty.
    public let steps: [Int32]
    /// The path by original names, for messages to people.
    public let name: String

    init(steps: [Int32], name: String) {
        self.steps = steps
        self.name = name
    }

    /// What the last field of a path is used for, which decides what it may be.
    public enum Use: UInt8, Sendable {
        /// A variable of a path template: one value of text, so no repeated field, map or message
        /// but those with a text form (Timestamp, Duration, FieldMask, wrappers).
        case capture
        /// `body` or `response_body` of a rule: any field.
        case body
    }

    /// Resolves a dotted path, each name an original name or a JSON name.
    public static func resolve(
        _ path: String,
        in type: Int32,
        tables: TypeTables,
        use: Use
    ) throws(FieldPathError) -> FieldPath {
        let names = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        return try self.resolve(names, in: type, tables: tables, use: use)
    }

    /// Resolves the names of a path, each an original name or a JSON name.
    ///
    /// Only the last field may be repeated or a map, and only for `Use.body`.
    public static func resolve(
        _ names: [String],
        in type: Int32,
        tables: TypeTables,
        use: Use
    ) throws(FieldPathError) -> FieldPath {
        var steps: [Int32] = []
        var known = ""
        var type = type
        guard !names.isEmpty else {
            throw FieldPathError("expected a field path, found an empty one", nearest: nil)
        }
        for (position, name) in names.enumerated() {
            let message = tables.messages[Int(type)]
            let text = Array(name.utf8)
            guard let index = text.withUnsafeBytes({ tables.field(named: $0, of: message) }) else {
                throw self.unknown(name, after: known, in: message, tables: tables)
            }
            let field = tables.fields[index]
            steps.append(Int32(index))
            known += (known.isEmpty ? "" : ".") + tables.string(field.protoName)
            if position == names.count - 1 {
                try self.check(field, known, tables: tables, use: use)
                break
            }
            guard field.shape == .singular else {
                let shape = field.shape == .map ? "a map" : "repeated"
                throw FieldPathError(
                    "'\(known)' is \(shape): nothing within it can be named by a path",
                    nearest: nil
                )
            }
            guard field.kind == .message || field.kind == .group else {
                throw FieldPathError(
                    "'\(known)' is no message: it has no field '\(names[position + 1])'",
                    nearest: nil
                )
            }
            type = field.typeIndex
        }
        return FieldPath(steps: steps, name: known)
    }

    private static func check(
        _ field: FieldEntry,
        _ path: String,
        tables: TypeTables,
        use: Use
    ) throws(FieldPathError) {
        guard use == .capture else { return }
        guard field.shape == .singular else {
            let shape = field.shape == .map ? "a map" : "repeated"
            throw FieldPathError(
                "'\(path)' is \(shape): a path variable binds one value",
                nearest: nil
            )
        }
        guard field.kind == .message || field.kind == .group else { return }
        let message = tables.messages[Int(field.typeIndex)]
        guard message.wellKnown.hasTextForm else {
            throw FieldPathError(
                "'\(path)' is a message (\(tables.string(message.fullName))): "
                    + "a path variable binds one of its fields",
                nearest: nil
            )
        }
    }

    private static func unknown(
        _ name: String,
        after path: String,
        in message: MessageEntry,
        tables: TypeTables
    ) -> FieldPathError {
        let first = Int(message.firstField)
        let names = tables.fields[first..<first + Int(message.fieldCount)]
            .map { tables.string($0.protoName) }
        let nearest = NearestName.of(name, among: names)
        let place = path.isEmpty ? "" : " (in '\(path)')"
        let hint = nearest.map { "; did you mean '\($0)'?" } ?? ""
        return FieldPathError(
            "\(tables.string(message.fullName)) has no field '\(name)'\(place)\(hint)",
            nearest: nearest
        )
    }
}

/// Why a path names no usable field.
public struct FieldPathError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Lower case, without a full stop, with the nearest name when there is one.
    public let description: String
    /// The known name that looks most like the one that was not found.
    public let nearest: String?

    init(_ description: String, nearest: String?) {
        self.description = description
        self.nearest = nearest
    }
}

extension WellKnownType {
    /// Whether the type's JSON form is one scalar, so that it fits a path segment or parameter.
    var hasTextForm: Bool {
        switch self {
        case .timestamp, .duration, .fieldMask, .doubleValue, .floatValue, .int64Value,
            .uint64Value, .int32Value, .uint32Value, .boolValue, .stringValue, .bytesValue:
            true
        case .none, .any, .structure, .value, .listValue, .empty, .httpBody: false
        }
    }
}
