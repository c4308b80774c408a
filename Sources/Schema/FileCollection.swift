internal import Bytes
internal import SwiftProtobuf

/// One `.proto` file of the schema.
struct SchemaFile: Sendable {
    let proto: Google_Protobuf_FileDescriptorProto
    /// The descriptor set it came from.
    let setName: String
    let edition: Edition
    let features: Features

    var name: String { self.proto.name }
}

/// The files of all sets, each once, in the order they came in.
struct FileCollection {
    private(set) var files: [SchemaFile] = []
    private var indices: [String: Int] = [:]
    private var byteCount = 0
    private let limits: SchemaLimits

    /// The name of the set that Transom brings along.
    private static let builtInName = "built-in descriptors"

    init(limits: SchemaLimits) {
        self.limits = limits
    }

    /// Adds the files of a set.
    ///
    /// A file that is there already must be equal; of Google's own files, which come in the
    /// version of whatever compiled the set, the fuller one is taken, for they only ever grow.
    mutating func add(_ set: DescriptorSet) throws(SchemaError) {
        let (sum, overflow) = self.byteCount.addingReportingOverflow(set.bytes.count)
        guard !overflow, sum <= self.limits.bytes else {
            throw SchemaError(
                file: set.name,
                message: "descriptor sets together exceed \(self.limits.bytes) bytes"
            )
        }
        self.byteCount = sum
        let protos = try Self.decode(set)
        guard !protos.isEmpty else {
            throw SchemaError(file: set.name, message: "descriptor set holds no file")
        }
        for proto in protos {
            guard !proto.name.isEmpty else {
                throw SchemaError(
                    file: set.name,
                    message: "descriptor set holds a file without name"
                )
            }
            let file = try Self.file(proto, of: set.name)
            guard let index = self.indices[proto.name] else {
                self.indices[proto.name] = self.files.count
                self.files.append(file)
                continue
            }
            let known = self.files[index]
            if known.proto == file.proto { continue }
            guard Self.builtInPaths.contains(proto.name) else {
                throw SchemaError(
                    file: proto.name,
                    message: "differs between descriptor sets '\(known.setName)' and '\(set.name)'"
                )
            }
            if Self.size(file.proto) > Self.size(known.proto) { self.files[index] = file }
        }
    }

    /// Adds the built-in files that the sets lack.
    ///
    /// A built-in file stays out when a set declares one of its names in a file of another path.
    mutating func addBuiltIns() throws(SchemaError) {
        let packages: Set = ["google.api", "google.protobuf", "google.rpc"]
        var taken: Set<String> = []
        for file in self.files where packages.contains(file.proto.package) {
            taken.formUnion(Self.topNames(of: file.proto))
        }
        for proto in Self.builtIns where self.indices[proto.name] == nil {
            guard taken.isDisjoint(with: Self.topNames(of: proto)) else { continue }
            self.indices[proto.name] = self.files.count
            self.files.append(try Self.file(proto, of: Self.builtInName))
        }
    }

    /// Refuses an import that is in none of the sets.
    ///
    /// Weak imports and imports of options (edition 2024) may be missing: nothing that is linked
    /// needs them. A circle of imports is no fault here, since names are linked across all files.
    func checkImports() throws(SchemaError) {
        for file in self.files {
            let weak = Set(file.proto.weakDependency)
            for index in file.proto.publicDependency + file.proto.weakDependency
            where index < 0 || Int(index) >= file.proto.dependency.count {
                throw SchemaError(
                    file: file.name,
                    message: "no import has index \(index), of \(file.proto.dependency.count)"
                )
            }
            for (index, path) in file.proto.dependency.enumerated()
            where self.indices[path] == nil && !Self.builtInPaths.contains(path) {
                if let index = Int32(exactly: index), weak.contains(index) { continue }
                throw SchemaError(
                    file: file.name,
                    message: "imports '\(path)', which no descriptor set has; sets are made with "
                        + "--include_imports"
                        + SchemaError.hint(path, among: self.indices.keys.sorted())
                )
            }
        }
    }

    // MARK: - Reading

    private static func decode(
        _ set: DescriptorSet
    ) throws(SchemaError) -> [Google_Protobuf_FileDescriptorProto] {
        do {
            return try Google_Protobuf_FileDescriptorSet(
                serializedBytes: set.bytes,
                partial: true
            ).file
        } catch {
            throw SchemaError(
                file: set.name,
                message: "expected a serialized google.protobuf.FileDescriptorSet, "
                    + "found other bytes (\(error))"
            )
        }
    }

    private static func file(
        _ proto: Google_Protobuf_FileDescriptorProto,
        of setName: String
    ) throws(SchemaError) -> SchemaFile {
        guard let edition = Edition(proto) else {
            throw SchemaError(
                file: proto.name,
                message: "expected syntax proto2 or proto3 or edition 2023 or 2024, found "
                    + "'\(proto.syntax)' and edition \(proto.edition)"
            )
        }
        var proto = proto
        proto.clearSourceCodeInfo()
        return SchemaFile(
            proto: proto,
            setName: setName,
            edition: edition,
            features: Features(defaultsOf: edition).overridden(by: proto.options.features)
        )
    }

    private static func size(_ proto: Google_Protobuf_FileDescriptorProto) -> Int {
        let bytes: [UInt8]? = try? proto.serializedBytes(partial: true)
        return bytes?.count ?? 0
    }

    private static func topNames(of proto: Google_Protobuf_FileDescriptorProto) -> [String] {
        let names =
            proto.messageType.map(\.name) + proto.enumType.map(\.name) + proto.extension.map(\.name)
        return names.map { "\(proto.package).\($0)" }
    }

    // MARK: - Built-in files

    private static let builtIns: [Google_Protobuf_FileDescriptorProto] = {
        let text = BuiltInDescriptors.base64
        var output = OutputBuffer(capacity: text.utf8CodeUnitCount)
        let bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard Base64.decode(bytes, into: &output),
            let files = try? Self.decode(
                DescriptorSet(name: Self.builtInName, bytes: output.bytes())
            )
        else { preconditionFailure("BuiltInDescriptors.swift is not what its generator wrote") }
        return files
    }()

    /// The import paths of the files that Transom brings along.
    static let builtInPaths = Set(Self.builtIns.map(\.name))
}
