internal import GRPC
internal import Schema

/// What came back: a `ServerReflectionResponse` of `grpc/reflection/v1/reflection.proto`.
///
/// Answers come in the order of the questions: the call is one stream to one server so that they
/// do.
enum ReflectionAnswer: Sendable, Hashable {
    /// Serialized `FileDescriptorProto`s: the file asked for, maybe with files that it imports.
    case files([ArraySlice<UInt8>])
    /// Full names.
    case services([String])
    /// An `error_response`, in words.
    case refusal(String)
    /// Bytes that are no answer, or one to something that was not asked.
    case unreadable

    /// Reads a serialized response; what cannot be read is ``unreadable``.
    init(_ bytes: [UInt8]) {
        self = (try? Self.read(bytes)) ?? .unreadable
    }

    private static func read(_ bytes: [UInt8]) throws(WireReader.Malformed) -> ReflectionAnswer {
        var answer = ReflectionAnswer.unreadable
        var reader = WireReader(bytes[...])
        while let (number, value) = try reader.next() {
            guard case .bytes(let content) = value else { continue }
            // A oneof: the last one counts.
            switch number {
            case 4: answer = .files(try Self.texts(content))
            case 6:
                var names: [String] = []
                for service in try Self.texts(content) {
                    let name = try Self.texts(service).last ?? []
                    names.append(String(decoding: name, as: UTF8.self))
                }
                answer = .services(names)
            case 7: answer = .refusal(try Self.words(content))
            default: break
            }
        }
        return answer
    }

    /// What field 1 holds, as often as it is there.
    private static func texts(
        _ bytes: ArraySlice<UInt8>
    ) throws(WireReader.Malformed) -> [ArraySlice<UInt8>] {
        var texts: [ArraySlice<UInt8>] = []
        var reader = WireReader(bytes)
        while let (number, value) = try reader.next() {
            if number == 1, case .bytes(let text) = value { texts.append(text) }
        }
        return texts
    }

    /// An `ErrorResponse`: a gRPC status code, and a message.
    private static func words(_ bytes: ArraySlice<UInt8>) throws(WireReader.Malformed) -> String {
        var code: UInt64 = 0
        var message = ""
        var reader = WireReader(bytes)
        while let (number, value) = try reader.next() {
            switch (number, value) {
            case (1, .varint(let value)): code = value
            case (2, .bytes(let text)):
                message = PeerText.shown(String(decoding: text, as: UTF8.self))
            default: break
            }
        }
        let name = UInt8(exactly: code).flatMap(StatusCode.init(rawValue:)).map { "\($0.name)" }
        return (name ?? "code \(code)") + (message.isEmpty ? "" : ": \(message)")
    }
}

/// Text of a peer for a line of the operator: bounded, and on one line.
enum PeerText {
    static func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(200).map { scalar in
            scalar.properties.generalCategory == .control ? "?" : scalar
        }
        var shown = String(String.UnicodeScalarView(scalars))
        if text.unicodeScalars.count > 200 { shown += "…" }
        return shown
    }
}
