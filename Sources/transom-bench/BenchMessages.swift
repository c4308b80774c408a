internal import Bytes
internal import Schema
internal import Transcoding

/// The messages that everything here sends, as ProtoJSON and as protobuf.
///
/// The texts are the source; the protobuf is made of them by the gateway's own transcoder. The load
/// run checks it from the other side: Envoy's transcoder must give the same JSON for it.
struct BenchMessages {
    struct Message {
        /// The index of its type in the tables.
        let type: Int32
        let json: [UInt8]
        let protobuf: [UInt8]
    }

    let tables: TypeTables
    /// `bench.v1.SmallRequest`: the body of the small POST, 19 bytes.
    let request: Message
    /// `bench.v1.Small`: the small answer, about 60 bytes of protobuf.
    let small: Message
    /// `bench.v1.Orders`: about 10 KB of JSON.
    let orders: Message

    init() throws {
        let tables = try Self.link().tables
        self.tables = tables
        self.request = try Self.message(
            "bench.v1.SmallRequest",
            json: Array(#"{"userId":"123456"}"#.utf8),
            tables: tables
        )
        let small =
            #"{"id":"42","name":"Augusta Ada Lovelace","email":"ada.lovelace@example.com","#
            + #""createdAt":"1785585600"}"#
        self.small = try Self.message("bench.v1.Small", json: Array(small.utf8), tables: tables)
        self.orders = try Self.message("bench.v1.Orders", json: OrdersText.bytes(), tables: tables)
    }

    private static func link() throws -> Schema {
        let text = BenchDescriptors.base64
        var output = OutputBuffer(capacity: text.utf8CodeUnitCount)
        let bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard Base64.decode(bytes, into: &output) else {
            throw BenchError(text: "BenchDescriptors.swift is not what its generator wrote")
        }
        return try Schema.link([DescriptorSet(name: "bench.proto", bytes: output.bytes())])
    }

    private static func message(
        _ name: String,
        json: [UInt8],
        tables: TypeTables
    ) throws -> Message {
        guard let type = tables.message(named: name) else {
            throw BenchError(text: "\(name) is not in bench.proto")
        }
        let transcoder = RequestTranscoder(tables: tables)
        let binding = RequestBinding(inputType: type, body: .whole)
        var output = OutputBuffer(capacity: json.count)
        try json.withUnsafeBytes {
            try transcoder.encode(binding, body: $0, values: BindingValues(), into: &output)
        }
        return Message(type: type, json: json, protobuf: output.bytes())
    }
}

/// Why the bench cannot go on.
struct BenchError: Error, CustomStringConvertible {
    var text: String

    var description: String { self.text }
}
