internal import Bytes
internal import Schema
internal import Transcoding

/// The types that the transcoding targets work with.
enum FuzzSchema {
    static let tables: TypeTables = {
        var bytes = OutputBuffer()
        let text = UnsafeRawBufferPointer(
            start: FuzzDescriptors.base64.utf8Start,
            count: FuzzDescriptors.base64.utf8CodeUnitCount
        )
        guard Base64.decode(text, into: &bytes) else { fatalError("the descriptors are no base64") }
        do throws(SchemaError) {
            return try Schema.link([DescriptorSet(name: "fuzz", bytes: bytes.bytes())]).tables
        } catch {
            fatalError("the descriptors are broken: \(error)")
        }
    }()

    static let open = type("fuzz.Open")
    static let closed = type("fuzz.Closed")
    static let value = type("google.protobuf.Value")
    static let status = type("google.rpc.Status")

    /// The types of whole messages, `open` the most likely.
    static let all: [Int32] =
        [open, closed, value, status, open, closed, open, open]
        + [
            "fuzz.Needy", "google.protobuf.Any", "google.protobuf.Struct",
            "google.protobuf.ListValue", "google.protobuf.Timestamp", "google.protobuf.Duration",
            "google.protobuf.FieldMask", "google.protobuf.Empty", "google.protobuf.DoubleValue",
            "google.protobuf.StringValue", "google.protobuf.BytesValue", "google.api.HttpRule",
            "google.api.HttpBody", "google.protobuf.FileDescriptorProto",
        ].map(type)

    private static func type(_ name: String) -> Int32 {
        guard let type = tables.message(named: name) else { fatalError("\(name) is missing") }
        return type
    }
}
