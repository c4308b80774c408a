internal import Balancing

extension Kind where Value == BackendAddress {
    /// An address in one of the forms of gRPC's naming.
    static var backendAddress: Kind {
        let words =
            "an address such as users.internal:50051, dns:///users.internal:50051, "
            + "ipv4:10.0.0.1:50051,10.0.0.2:50051 or unix:///run/users.sock"
        return Kind(
            words,
            read: { node, reading in
                guard let scalar = reading.scalar(node, words: words) else { return nil }
                do throws(BackendAddressError) {
                    return try BackendAddress(Self.withAbsolutePath(scalar.text, reading))
                } catch {
                    reading.fail(error.message, at: node, hint: Self.hint(scalar.text))
                    return nil
                }
            },
            text: { "\($0)" }
        )
    }

    /// `unix:run/users.sock` with its path from the folder of the file.
    private static func withAbsolutePath(_ text: String, _ reading: Reading) -> String {
        let path = text.dropFirst(5)
        guard text.prefix(5).lowercased() == "unix:", !path.isEmpty, !path.hasPrefix("/") else {
            return text
        }
        return "unix:\(reading.resolve(String(path)))"
    }

    private static func hint(_ text: String) -> String? {
        if let address = HostAndPort.withoutScheme(text, port: 50051) {
            return "write it without a scheme: \(address)"
        }
        if HostAndPort.isName(text) { return "add a port: \(text):50051" }
        return nil
    }
}
