/// The content of a file that keeps what backends said by reflection, for a start without them.
///
/// It is a `google.protobuf.FileDescriptorSet` with two fields that other readers skip, so that
/// `protoc --decode_raw`, `protoc --descriptor_set_in` and `schema.descriptor_sets` read it too:
///
///     message ReflectionCache {
///       repeated google.protobuf.FileDescriptorProto file = 1;   // each distinct file once
///       string format = 1000;                                    // "transom reflection 1"
///       repeated Backend backend = 1001;
///       message Backend {
///         string name = 1;
///         repeated string service = 2;
///         repeated uint32 file = 3;                              // indices into `file`
///       }
///     }
///
/// What makes it a cache stands behind the files, so that a file that was cut short is none.
package enum ReflectionCache {
    private static let format = "transom reflection 1"
    private static let formatField: UInt64 = 1000
    private static let backendField: UInt64 = 1001

    /// Writes what backends have said; equal values give equal bytes.
    package static func encode(_ schemas: [ReflectedSchema]) -> [UInt8] {
        var writer = WireWriter()
        var indices: [ReflectedSchema.File: UInt64] = [:]
        let schemas = schemas.sorted { $0.backend < $1.backend }
        for file in schemas.flatMap(\.files) where indices[file] == nil {
            indices[file] = UInt64(indices.count)
            writer.append(1, bytes: file.bytes)
        }
        writer.append(self.formatField, bytes: self.format.utf8)
        for schema in schemas {
            var backend = WireWriter()
            backend.append(1, bytes: schema.backend.utf8)
            for service in schema.services { backend.append(2, bytes: service.utf8) }
            for file in schema.files { backend.append(3, varint: indices[file] ?? 0) }
            writer.append(self.backendField, bytes: backend.bytes)
        }
        return writer.bytes
    }

    /// Reads what ``encode(_:)`` wrote.
    ///
    /// - Throws: `SchemaError`, without a file, for bytes that are something else or damaged.
    package static func decode(_ bytes: [UInt8]) throws(SchemaError) -> [ReflectedSchema] {
        var files: [ReflectedSchema.File] = []
        var backends: [ArraySlice<UInt8>] = []
        var isCache = false
        do throws(WireReader.Malformed) {
            var reader = WireReader(bytes[...])
            while let (number, value) = try reader.next() {
                guard case .bytes(let value) = value else { continue }
                switch number {
                case 1:
                    // What else is in it is looked at when it is linked.
                    let name = try FileOutline.name(of: value)
                    files.append(ReflectedSchema.File(name: name, bytes: Array(value)))
                case self.formatField: isCache = value.elementsEqual(self.format.utf8)
                case self.backendField: backends.append(value)
                default: break
                }
            }
        } catch {
            throw self.foreign
        }
        guard isCache else { throw self.foreign }
        var schemas: [ReflectedSchema] = []
        for backend in backends { schemas.append(try self.schema(backend, files)) }
        return schemas
    }

    private static var foreign: SchemaError {
        SchemaError(
            file: "",
            message: "expected what an earlier run has written of its reflection, found other bytes"
        )
    }

    private static func schema(
        _ bytes: ArraySlice<UInt8>,
        _ files: [ReflectedSchema.File]
    ) throws(SchemaError) -> ReflectedSchema {
        var name = ""
        var services: [String] = []
        var own: [ReflectedSchema.File] = []
        do throws(WireReader.Malformed) {
            var reader = WireReader(bytes)
            while let (number, value) = try reader.next() {
                switch (number, value) {
                case (1, .bytes(let value)): name = String(decoding: value, as: UTF8.self)
                case (2, .bytes(let value)):
                    services.append(String(decoding: value, as: UTF8.self))
                case (3, .varint(let index)):
                    guard let index = Int(exactly: index), index < files.count else {
                        throw WireReader.Malformed()
                    }
                    own.append(files[index])
                default: break
                }
            }
        } catch {
            throw self.foreign
        }
        return ReflectedSchema(backend: name, services: services, files: own)
    }
}
