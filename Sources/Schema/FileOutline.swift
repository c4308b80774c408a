internal import SwiftProtobuf

/// What the descriptor of one `.proto` file says of what it needs and what it declares.
package struct FileOutline: Sendable, Hashable {
    /// The path by which other files import it.
    package let name: String
    /// The files it cannot be linked without, by path; those that Transom brings along left out.
    package let imports: [String]
    /// Weak imports: what they name may be missing.
    package let weakImports: [String]
    /// The full names of its services.
    package let services: [String]

    /// Reads a serialized `google.protobuf.FileDescriptorProto`.
    ///
    /// - Throws: `SchemaError` for bytes that are none, or one without a name.
    package init(_ bytes: some Sequence<UInt8>) throws(SchemaError) {
        let proto: Google_Protobuf_FileDescriptorProto
        do {
            proto = try Google_Protobuf_FileDescriptorProto(
                serializedBytes: Array(bytes),
                partial: true
            )
        } catch {
            throw SchemaError(
                file: "",
                message: "expected a serialized google.protobuf.FileDescriptorProto, "
                    + "found other bytes (\(error))"
            )
        }
        guard !proto.name.isEmpty else {
            throw SchemaError(file: "", message: "expected a file with a name, found one without")
        }
        let weak = Set(proto.weakDependency)
        var imports: [String] = []
        var weakImports: [String] = []
        for (index, path) in proto.dependency.enumerated() where !BuiltInFiles.contains(path) {
            let isWeak = Int32(exactly: index).map(weak.contains) ?? false
            if isWeak { weakImports.append(path) } else { imports.append(path) }
        }
        let prefix = proto.package.isEmpty ? "" : "\(proto.package)."
        self.name = proto.name
        self.imports = imports
        self.weakImports = weakImports
        self.services = proto.service.map { prefix + $0.name }
    }

    /// The name alone, without a look at the rest; empty where there is none.
    ///
    /// - Throws: for bytes that are no message.
    package static func name(
        of file: ArraySlice<UInt8>
    ) throws(WireReader.Malformed) -> String {
        var reader = WireReader(file)
        var name = ""
        while let (number, value) = try reader.next() {
            if number == 1, case .bytes(let value) = value {
                name = String(decoding: value, as: UTF8.self)
            }
        }
        return name
    }
}

/// The files that every schema has: `google/protobuf`, `google/api` and `google/rpc`.
package enum BuiltInFiles {
    /// Whether Transom brings a file of this import path along.
    package static func contains(_ path: String) -> Bool {
        FileCollection.builtInPaths.contains(path)
    }
}
