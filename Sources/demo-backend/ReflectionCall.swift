internal import Bytes
internal import GRPC

/// Answers questions for the schema, one after the other.
///
/// The few fields of `grpc/reflection/v1/reflection.proto` are read and written by hand: generated
/// code for it would be the larger part of this program.
final class ReflectionCall: MethodCall {
    private let service: ReflectionService

    init(service: ReflectionService) {
        self.service = service
    }

    var takesStream: Bool { true }

    func take(_ request: UnsafeRawBufferPointer, answers: inout OutputBuffer) throws(CallFailure) {
        let request = Array(request)
        guard let question = Self.question(request[...]) else {
            throw CallFailure(code: .invalidArgument, message: "the request cannot be read")
        }
        let prefix = MessagePrefix.reserve(in: &answers)
        // original_request
        answers.append(Self.field(2, request) + self.answer(question))
        MessagePrefix.fill(in: &answers, at: prefix)
    }

    private func answer(_ question: (number: UInt64, text: String)) -> [UInt8] {
        switch question.number {
        case 3: self.answer(self.service.file(named: question.text))
        case 4: self.answer(self.service.file(declaring: question.text))
        case 7:
            Self.field(
                6,
                self.service.services.flatMap { Self.field(1, Self.field(1, Array($0.utf8))) }
            )
        default: Self.error(.unimplemented, "no question for extensions is answered here")
        }
    }

    private func answer(_ file: [UInt8]?) -> [UInt8] {
        file.map { Self.field(4, Self.field(1, $0)) }
            ?? Self.error(.notFound, "there is no such file or symbol")
    }

    private static func error(_ code: StatusCode, _ message: String) -> [UInt8] {
        Self.field(7, [1 << 3, code.rawValue] + Self.field(2, Array(message.utf8)))
    }

    // MARK: - Wire format

    /// The last field of the request that is a question.
    private static func question(_ request: ArraySlice<UInt8>) -> (number: UInt64, text: String)? {
        var rest = request
        var question: (UInt64, String)?
        while !rest.isEmpty {
            // Each field of a request has a length.
            guard let tag = Self.varint(&rest), tag & 7 == 2, let length = Self.varint(&rest),
                length <= UInt64(rest.count)
            else { return nil }
            let text = String(decoding: rest.prefix(Int(length)), as: UTF8.self)
            if tag >> 3 > 1 { question = (tag >> 3, text) }
            rest = rest.dropFirst(Int(length))
        }
        return question
    }

    private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    /// A field with a length.
    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        var bytes = [number << 3 | 2]
        var length = content.count
        while length >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        return bytes + [UInt8(length)] + content
    }
}
