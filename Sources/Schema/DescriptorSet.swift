/// The bytes of one serialized `google.protobuf.FileDescriptorSet`, as protoc or buf wrote it.
package struct DescriptorSet: Sendable {
    /// Where the bytes come from, for error texts: `api.binpb`, or `protos` for a compiled folder.
    package let name: String
    package let bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}
