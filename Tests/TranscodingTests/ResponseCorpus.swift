internal import Bytes
internal import Foundation
internal import Schema
internal import Transcoding

/// The corpora beside the package, or where `TRANSOM_CORPUS` says.
enum ResponseCorpus {
    static let folder: String = {
        if let folder = ProcessInfo.processInfo.environment["TRANSOM_CORPUS"] { return folder }
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.appendingPathComponent("../shared/corpus").standardized.path
    }()

    /// Whether the corpus is there; says so when it is not.
    static var isThere: Bool {
        let isThere = FileManager.default.fileExists(atPath: self.folder)
        if !isThere { print("SKIPPED: no corpus at \(self.folder)") }
        return isThere
    }

    static func file(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: self.folder).appendingPathComponent(name))
    }

    /// The tables of the conformance suite's messages.
    static func tables() throws -> TypeTables {
        let bytes = try Array(self.file("conformance_descriptors.pb"))
        return try Schema.link([DescriptorSet(name: "conformance", bytes: bytes)]).tables
    }

    /// The cases of the conformance suite.
    static func cases() throws -> [ResponseCase] {
        try self.file("protobuf_json_conformance.jsonl").split(separator: UInt8(ascii: "\n"))
            .map { try JSONDecoder().decode(ResponseCase.self, from: Data($0)) }
    }
}

/// One line of `protobuf_json_conformance.jsonl`.
struct ResponseCase: Decodable, Sendable {
    struct Content: Decodable, Sendable {
        var json: String?
        var protobuf: String?
        var isParseError: Bool?
        var isSerializeError: Bool?

        enum CodingKeys: String, CodingKey {
            case json
            case protobuf = "protobuf_b64"
            case isParseError = "parse_error"
            case isSerializeError = "serialize_error"
        }

        var bytes: [UInt8]? {
            self.protobuf.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        }
    }

    var name: String
    var type: String
    var category: String
    var output: String
    var input: Content
    var expect: Content
    var validator: Bool?

    enum CodingKeys: String, CodingKey {
        case name
        case type = "message_type"
        case category = "test_category"
        case output = "requested_output"
        case input
        case expect
        case validator
    }
}
