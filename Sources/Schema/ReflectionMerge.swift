internal import SwiftProtobuf

/// The schemas that backends reflect, made fit to be linked together and with other sources.
///
/// * A file of the other sources goes before the reflected one of its name.
/// * Of a file that two backends reflect in two versions the fuller one is taken, if it declares
///   all that the other does; if neither does, one of the two would be misunderstood: an error.
/// * Services that no backend says it serves are left out of reflected files: their methods would
///   be routed to a backend that does not have them.
package struct ReflectionMerge {
    /// The files, a set for each backend, without those that come from elsewhere.
    package private(set) var sets: [DescriptorSet] = []
    /// By the full name of a service, the backends that say they serve it, in the order given.
    package private(set) var backends: [String: [String]] = [:]
    /// Files that differ and could not be reconciled, or could not be read.
    package private(set) var errors: [SchemaError] = []
    /// Files that differ.
    package private(set) var warnings: [SchemaError] = []

    private typealias File = Google_Protobuf_FileDescriptorProto

    private struct Draft {
        var backend: String
        var normal: File
    }

    private var drafts: [Draft] = []
    private var indices: [String: Int] = [:]

    /// Merges.
    ///
    /// - Parameters:
    ///   - schemas: what each backend said.
    ///   - sets: the descriptor sets of the other sources.
    package init(_ schemas: [ReflectedSchema], beside sets: [DescriptorSet]) {
        guard !schemas.isEmpty else { return }
        for schema in schemas {
            for service in schema.services {
                self.backends[service, default: []].append(schema.backend)
            }
        }
        let own = Self.files(of: sets)
        for schema in schemas {
            for file in schema.files { self.add(file, of: schema.backend, beside: own) }
        }
        self.finish(schemas.map(\.backend))
    }

    /// How error texts name what a backend reflects.
    package static func setName(of backend: String) -> String { "reflection of '\(backend)'" }

    // MARK: - Private

    /// The files of the other sources; broken sets are told of when they are linked.
    private static func files(of sets: [DescriptorSet]) -> [String: (set: String, normal: File)] {
        var files: [String: (set: String, normal: File)] = [:]
        for set in sets {
            let decoded = try? Google_Protobuf_FileDescriptorSet(
                serializedBytes: set.bytes,
                partial: true
            )
            for file in decoded?.file ?? [] where files[file.name] == nil {
                files[file.name] = (set.name, FileInclusion.normal(file))
            }
        }
        return files
    }

    private mutating func add(
        _ file: ReflectedSchema.File,
        of backend: String,
        beside own: [String: (set: String, normal: File)]
    ) {
        let proto: File
        do {
            proto = FileInclusion.normal(try File(serializedBytes: file.bytes, partial: true))
        } catch {
            self.errors.append(
                SchemaError(
                    file: file.name,
                    message: "backend '\(backend)' reflects it with bytes that are no "
                        + "google.protobuf.FileDescriptorProto"
                )
            )
            return
        }
        if let known = own[file.name] {
            // Of the files that every schema has, each source brings the version of its compiler.
            guard known.normal != proto, !BuiltInFiles.contains(file.name),
                !FileInclusion.includes(known.normal, proto)
            else { return }
            self.warnings.append(
                SchemaError(
                    file: file.name,
                    message: "differs between '\(known.set)', which is used, and "
                        + Self.setName(of: backend)
                )
            )
            return
        }
        guard let index = self.indices[file.name] else {
            self.indices[file.name] = self.drafts.count
            self.drafts.append(Draft(backend: backend, normal: proto))
            return
        }
        self.reconcile(index, with: Draft(backend: backend, normal: proto))
    }

    private mutating func reconcile(_ index: Int, with other: Draft) {
        let known = self.drafts[index]
        guard known.normal != other.normal else { return }
        let name = known.normal.name
        let isIncluded = FileInclusion.includes(known.normal, other.normal)
        guard isIncluded || FileInclusion.includes(other.normal, known.normal) else {
            self.errors.append(
                SchemaError(
                    file: name,
                    message: "backends '\(known.backend)' and '\(other.backend)' reflect it in "
                        + "versions that contradict each other"
                )
            )
            return
        }
        if !isIncluded { self.drafts[index] = other }
        guard !BuiltInFiles.contains(name) else { return }
        self.warnings.append(
            SchemaError(
                file: name,
                message: "backends '\(known.backend)' and '\(other.backend)' reflect it in two "
                    + "versions; the fuller one, of '\(self.drafts[index].backend)', is used"
            )
        )
    }

    private mutating func finish(_ order: [String]) {
        for backend in order {
            var set = Google_Protobuf_FileDescriptorSet()
            for draft in self.drafts where draft.backend == backend {
                var file = draft.normal
                let prefix = file.package.isEmpty ? "" : "\(file.package)."
                file.service.removeAll { self.backends[prefix + $0.name] == nil }
                set.file.append(file)
            }
            guard !set.file.isEmpty else { continue }
            do {
                let bytes: [UInt8] = try set.serializedBytes(partial: true)
                self.sets.append(DescriptorSet(name: Self.setName(of: backend), bytes: bytes))
            } catch {
                self.errors.append(
                    SchemaError(file: Self.setName(of: backend), message: "\(error)")
                )
            }
        }
        self.drafts = []
        self.indices = [:]
    }
}
