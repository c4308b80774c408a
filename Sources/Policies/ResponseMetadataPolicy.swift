/// Which metadata of a backend become header fields of the answer: deny by default.
///
/// The built-in list holds fields that describe the representation or the challenge and that a
/// transcoding gateway does not set itself; the configuration adds others (`set-cookie`, say).
public struct ResponseMetadataPolicy: Sendable, Equatable {
    private let allowed: [[UInt8]]

    private static let builtIn = [
        "cache-control", "content-disposition", "content-language", "etag", "last-modified",
        "location", "www-authenticate",
    ]

    /// Fields that frame the answer or belong to the gateway: never taken from a backend.
    private static let reserved: Set<String> = [
        "allow", "connection", "content-encoding", "content-length", "content-type", "date",
        "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "x-request-id",
    ]

    /// Makes a policy.
    ///
    /// - Parameter added: `metadata.response` of the configuration; names that are not allowed are
    ///   left out.
    public init(added: [String] = []) {
        self.allowed = (Self.builtIn + added.filter { Self.isAllowed($0) })
            .map { Array($0.lowercased().utf8) }
    }

    /// Whether a configuration may allow this name.
    public static func isAllowed(_ name: String) -> Bool {
        let name = name.lowercased()
        return !name.isEmpty && !name.hasPrefix("grpc-") && !Self.reserved.contains(name)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default:
                    false
                }
            }
    }

    /// Whether a metadata entry goes to the client.
    ///
    /// - Parameter name: lower-case, as HTTP/2 has it.
    /// - Returns: whether the name is on the lists.
    public func allows(_ name: UnsafeRawBufferPointer) -> Bool {
        for candidate in self.allowed
        where candidate.count == name.count && candidate.elementsEqual(name) {
            return true
        }
        return false
    }
}
