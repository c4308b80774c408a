internal import Schema

/// One thing to ask: a `ServerReflectionRequest` of `grpc/reflection/v1/reflection.proto`.
///
/// The message is the same in `v1alpha`.
enum ReflectionQuestion: Hashable, Sendable {
    /// The names of all services.
    case services
    /// The file that declares a service, by its full name.
    case fileDeclaring(String)
    /// A file, by its import path.
    case file(String)

    /// The serialized request.
    var bytes: [UInt8] {
        var writer = WireWriter()
        switch self {
        case .file(let path): writer.append(3, bytes: path.utf8)
        case .fileDeclaring(let symbol): writer.append(4, bytes: symbol.utf8)
        // The content of `list_services` is reserved for filters that do not exist yet.
        case .services: writer.append(7, bytes: "*".utf8)
        }
        return writer.bytes
    }
}
