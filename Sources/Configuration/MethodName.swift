/// The full name of a method, as gRPC writes it in a path: `user.v1.UserService/GetUser`.
package struct MethodName: Sendable, Hashable, CustomStringConvertible {
    /// With its package: `user.v1.UserService`.
    package var service: String
    package var method: String

    package init(service: String, method: String) {
        self.service = service
        self.method = method
    }

    /// Reads `pkg.Service/Method`; nil when it is no such name.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isDotted(parts[0]), Self.isIdentifier(parts[1]) else {
            return nil
        }
        self.init(service: String(parts[0]), method: String(parts[1]))
    }

    /// Reads the selector of a service config, `pkg.Service.Method`; nil when it is none.
    package init?(selector: String) {
        guard let dot = selector.lastIndex(of: "."), Self.isDotted(selector) else { return nil }
        self.init(
            service: String(selector[..<dot]),
            method: String(selector[selector.index(after: dot)...])
        )
    }

    package var description: String { "\(self.service)/\(self.method)" }

    static func hint(_ text: String) -> String? {
        if text.hasPrefix("/"), let name = MethodName(String(text.dropFirst())) {
            return "write \(name)"
        }
        return MethodName(selector: text).map { "write \($0)" }
    }

    static func isDotted(_ text: some StringProtocol) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
            Self.isIdentifier($0)
        }
    }

    /// An identifier of the protobuf language.
    static func isIdentifier(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
            default: false
            }
        }
    }
}

extension Kind where Value == MethodName {
    static var methodName: Kind {
        .scalar(
            "a method such as user.v1.UserService/GetUser",
            hint: MethodName.hint,
            parse: { MethodName($0) },
            text: \.description
        )
    }
}
