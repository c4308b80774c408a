internal import Bytes
internal import SwiftProtobuf

/// The method of `grpc.reflection.v1.ServerReflection`, and of `v1alpha`, which has the same
/// messages.
///
/// grpcurl and the gateway's `schema.reflection` learn from it what is served here.
final class ReflectionService {
    /// The serialized `FileDescriptorProto`s by path.
    private var files: [String: [UInt8]] = [:]
    /// The file of each service, message, enum and method by its full name.
    private var declaring: [String: String] = [:]
    /// The full names of what is served.
    private(set) var services = ["grpc.reflection.v1.ServerReflection"]

    init() {
        let text = SampleDescriptors.base64
        var output = OutputBuffer(capacity: text.utf8CodeUnitCount)
        let bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard Base64.decode(bytes, into: &output),
            let set = try? Google_Protobuf_FileDescriptorSet(serializedBytes: output.bytes())
        else { preconditionFailure("SampleDescriptors.swift is not what its generator wrote") }
        for file in set.file {
            self.files[file.name] = try? file.serializedBytes()
            let prefix = file.package.isEmpty ? "" : "\(file.package)."
            for name in file.messageType.map(\.name) + file.enumType.map(\.name) {
                self.declaring[prefix + name] = file.name
            }
            for service in file.service {
                self.services.append(prefix + service.name)
                self.declaring[prefix + service.name] = file.name
                for method in service.method {
                    self.declaring["\(prefix)\(service.name).\(method.name)"] = file.name
                }
            }
        }
    }

    /// Begins a call of the method at `path`; nil when there is none.
    func call(path: String) -> (any MethodCall)? {
        switch path {
        case "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo":
            ReflectionCall(service: self)
        default: nil
        }
    }

    func file(named path: String) -> [UInt8]? { self.files[path] }

    func file(declaring symbol: String) -> [UInt8]? {
        self.declaring[symbol].flatMap { self.files[$0] }
    }
}
