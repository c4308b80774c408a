internal import SwiftProtobuf

/// The language a file is written in.
enum Edition: Sendable {
    case proto2
    case proto3
    case edition2023
    case edition2024

    /// Reads `syntax` and `edition` of a file; nil for one that is not known.
    init?(_ file: Google_Protobuf_FileDescriptorProto) {
        switch (file.syntax, file.edition) {
        case ("", .unknown), ("", .proto2), ("proto2", _): self = .proto2
        case ("proto3", _), ("", .proto3): self = .proto3
        case ("editions", .edition2023): self = .edition2023
        case ("editions", .edition2024): self = .edition2024
        default: return nil
        }
    }

    /// Whether `features` options mean something in it.
    var hasFeatures: Bool { self == .edition2023 || self == .edition2024 }
}
