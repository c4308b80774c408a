/// A declared name: what it is, where, and its index among the declarations of its kind.
struct Symbol: Sendable {
    enum Kind: Sendable {
        case package
        case message
        case enumeration
        /// `index` is the value's number and `owner` its enum.
        case enumValue
        case member
        case service
    }

    var kind: Kind
    /// Index of the file.
    var file: Int32
    var index: Int32 = 0
    var owner: Int32 = -1
}

/// Every full name of the schema, each declared once; the bounds on names are checked here.
struct SymbolTable: Sendable {
    private var symbols: [String: Symbol] = [:]
    private var nameBytes = 0
    private let limits: SchemaLimits

    init(limits: SchemaLimits) {
        self.limits = limits
    }

    /// The full name of `name` inside `scope`, which is empty outside of any package.
    static func join(_ scope: String, _ name: String) -> String {
        scope.isEmpty ? name : "\(scope).\(name)"
    }

    /// Declares `name` inside `scope`.
    ///
    /// - Returns: its full name.
    mutating func declare(
        _ name: String,
        in scope: String,
        as symbol: Symbol,
        files: [SchemaFile]
    ) throws(SchemaError) -> String {
        let file = files[Int(symbol.file)].name
        guard Self.isIdentifier(name) else {
            throw SchemaError(
                file: file,
                symbol: scope.isEmpty ? nil : scope,
                message: "expected a name of letters, digits and underscores, found '\(name)'"
            )
        }
        let fullName = Self.join(scope, name)
        try self.charge(fullName, file: file)
        if let known = self.symbols.updateValue(symbol, forKey: fullName) {
            let other = files[Int(known.file)].name
            throw SchemaError(
                file: file,
                symbol: fullName,
                message: other == file ? "is declared twice" : "is declared in '\(other)' as well"
            )
        }
        return fullName
    }

    /// Declares a package and those around it, which many files may share.
    mutating func declarePackage(
        _ package: String,
        file index: Int32,
        files: [SchemaFile]
    ) throws(SchemaError) {
        let file = files[Int(index)].name
        if package.isEmpty || self.symbols[package]?.kind == .package { return }
        var name = ""
        for part in package.split(separator: ".", omittingEmptySubsequences: false) {
            guard Self.isIdentifier(part) else {
                throw SchemaError(file: file, message: "expected a package, found '\(package)'")
            }
            name = Self.join(name, String(part))
            if let known = self.symbols[name] {
                if known.kind == .package { continue }
                throw SchemaError(
                    file: file,
                    symbol: name,
                    message: "is a package here and something else in "
                        + "'\(files[Int(known.file)].name)'"
                )
            }
            try self.charge(name, file: file)
            self.symbols[name] = Symbol(kind: .package, file: index)
        }
    }

    /// The symbol with exactly this full name.
    func symbol(_ fullName: String) -> Symbol? { self.symbols[fullName] }

    /// The message or enum that a `type_name` means.
    ///
    /// Compilers write full names with a leading dot; without it the scopes are searched from the
    /// innermost outwards (descriptor.proto, `FieldDescriptorProto.type_name`).
    func type(named name: String, from scope: String) -> Symbol? {
        if name.hasPrefix(".") { return self.type(String(name.dropFirst())) }
        guard name.utf8.count <= self.limits.nameLength else { return nil }
        var scope = scope
        while !scope.isEmpty {
            if let found = self.type(Self.join(scope, name)) { return found }
            scope = scope.lastIndex(of: ".").map { String(scope[..<$0]) } ?? ""
        }
        return self.type(name)
    }

    /// ` (nearest is 'a.B')` for a type that is not there.
    func hint(forType name: String) -> String {
        let types = self.symbols.filter {
            $0.value.kind == .message || $0.value.kind == .enumeration
        }
        // Sorted, so that of two equally near ones the same is named each time.
        return SchemaError.hint(
            name.hasPrefix(".") ? String(name.dropFirst()) : name,
            among: types.keys.sorted()
        )
    }

    private func type(_ fullName: String) -> Symbol? {
        guard let symbol = self.symbols[fullName] else { return nil }
        return symbol.kind == .message || symbol.kind == .enumeration ? symbol : nil
    }

    private mutating func charge(_ fullName: String, file: String) throws(SchemaError) {
        self.nameBytes += fullName.utf8.count
        let excess: String
        if fullName.utf8.count > self.limits.nameLength {
            excess = "a full name exceeds \(self.limits.nameLength) bytes"
        } else if self.symbols.count >= self.limits.symbols {
            excess = "descriptor sets together declare more than \(self.limits.symbols) names"
        } else if self.nameBytes > self.limits.nameBytes {
            excess = "all full names together exceed \(self.limits.nameBytes) bytes"
        } else {
            return
        }
        throw SchemaError(file: file, message: excess)
    }

    private static func isIdentifier(_ name: some StringProtocol) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
