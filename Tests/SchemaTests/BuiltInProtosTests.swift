internal import Foundation
internal import Schema
internal import SwiftProtobuf
internal import Testing
internal import Transcoding

@Suite("BuiltInProtos: what the gateway brings along")
struct BuiltInProtosTests {
    @Test("the texts are those of protos/, all of them")
    func texts() throws {
        let folder = Corpus.root.appending(path: "protos")
        for (path, text) in BuiltInProtos.files {
            let file = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
            #expect(text == file, "\(path): run .ci/generate-builtins")
        }
        let google = folder.appending(path: "google")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: google.path)
            .filter { $0.hasSuffix(".proto") }.map { "google/\($0)" }
        #expect(Set(paths) == Set(BuiltInProtos.files.map(\.path)))
    }

    @Test("protoc finds them as an import folder, and the descriptors are what it makes of them")
    func compiled() throws {
        let paths = BuiltInProtos.files.map(\.path)
        guard let set = try Protoc.set(paths, texts: BuiltInProtos.files) else { return }
        // A set with the same file once more must hold the same, or Transom's version would lose.
        let alone = try Schema.link([])
        let both = try Schema.link([set])
        for message in alone.tables.messages {
            let name = alone.tables.string(message.fullName)
            let fields = try alone.fields(of: name)
            let others = try both.fields(of: name)
            #expect(
                fields.map { alone.tables.string($0.protoName) }
                    == others.map {
                        both.tables.string($0.protoName)
                    }
            )
            #expect(fields.map(\.number) == others.map(\.number))
            #expect(fields.map(\.flags.rawValue) == others.map(\.flags.rawValue))
        }
    }

    @Test("google.rpc.Code has the 17 codes of gRPC")
    func codes() throws {
        let schema = try Schema.link([])
        let code = try schema.enumeration("google.rpc.Code")
        let first = Int(code.firstValue)
        let values = schema.tables.enumValues[first..<first + Int(code.valueCount)]
        #expect(values.map(\.number) == Array(0...16))
        #expect(schema.tables.string(values[first + 16].name) == "UNAUTHENTICATED")
    }
}
