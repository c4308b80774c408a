internal import Bytes
internal import GRPC
internal import SwiftProtobuf

/// One call of a method while it runs: requests in, answers out.
protocol MethodCall: AnyObject {
    /// Whether the client may send more than one message.
    var takesStream: Bool { get }
    /// A request message has come.
    func take(_ request: UnsafeRawBufferPointer, answers: inout OutputBuffer) throws(CallFailure)
    /// The client has sent its last message.
    func end(answers: inout OutputBuffer) throws(CallFailure)
    /// Asks for further answers after the end; false when there are none.
    func more(answers: inout OutputBuffer) throws(CallFailure) -> Bool
}

extension MethodCall {
    var takesStream: Bool { false }

    func end(answers: inout OutputBuffer) throws(CallFailure) {}

    func more(answers: inout OutputBuffer) throws(CallFailure) -> Bool { false }

    func decode<M: Message>(_ request: UnsafeRawBufferPointer) throws(CallFailure) -> M {
        do {
            return try M(serializedBytes: Array(request))
        } catch {
            throw CallFailure(code: .internal, message: "the request cannot be read")
        }
    }

    func encode(_ answer: some Message, to answers: inout OutputBuffer) throws(CallFailure) {
        do {
            let bytes: [UInt8] = try answer.serializedBytes()
            let prefix = MessagePrefix.reserve(in: &answers)
            answers.append(bytes)
            MessagePrefix.fill(in: &answers, at: prefix)
        } catch {
            throw CallFailure(code: .internal, message: "the answer cannot be written")
        }
    }
}

/// A method with one request and one answer.
final class UnaryCall<Request: Message, Answer: Message>: MethodCall {
    private let body: (Request) throws(CallFailure) -> Answer

    init(_ body: @escaping (Request) throws(CallFailure) -> Answer) {
        self.body = body
    }

    func take(_ request: UnsafeRawBufferPointer, answers: inout OutputBuffer) throws(CallFailure) {
        try self.encode(try self.body(try self.decode(request)), to: &answers)
    }
}

/// Sends users one after another, a few at a time, as the client takes them.
final class ListUsersCall: MethodCall {
    private let directory: UserDirectory
    private var ids: ArraySlice<String> = []

    init(directory: UserDirectory) {
        self.directory = directory
    }

    func take(_ request: UnsafeRawBufferPointer, answers: inout OutputBuffer) throws(CallFailure) {
        let request: User_V1_ListUsersRequest = try self.decode(request)
        guard request.pageSize >= 0 else {
            throw CallFailure(
                code: .invalidArgument,
                message: "page_size: expected zero or more, found \(request.pageSize)"
            )
        }
        let ids = self.directory.ids
        self.ids = request.pageSize == 0 ? ids[...] : ids.prefix(Int(request.pageSize))
    }

    func more(answers: inout OutputBuffer) throws(CallFailure) -> Bool {
        for id in self.ids.prefix(50) {
            if let user = self.directory.user(id) { try self.encode(user, to: &answers) }
        }
        self.ids = self.ids.dropFirst(50)
        return !self.ids.isEmpty
    }
}

/// Creates users as they come and says at the end how many.
final class CreateUsersCall: MethodCall {
    private let directory: UserDirectory
    private var count: Int32 = 0

    init(directory: UserDirectory) {
        self.directory = directory
    }

    var takesStream: Bool { true }

    func take(_ request: UnsafeRawBufferPointer, answers: inout OutputBuffer) throws(CallFailure) {
        _ = try self.directory.create(try self.decode(request))
        self.count &+= 1
    }

    func end(answers: inout OutputBuffer) throws(CallFailure) {
        var answer = User_V1_CreateUsersResponse()
        answer.createdCount = self.count
        try self.encode(answer, to: &answers)
    }
}

/// Sends each message back as it came.
final class ChatStreamCall: MethodCall {
    var takesStream: Bool { true }

    func take(_ request: UnsafeRawBufferPointer, answers: inout OutputBuffer) throws(CallFailure) {
        let message: User_V1_ChatMessage = try self.decode(request)
        try self.encode(message, to: &answers)
    }
}
