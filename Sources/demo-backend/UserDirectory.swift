internal import GRPC
internal import SwiftProtobuf

/// The users, in memory: `1` to `100` at the start, the same in each run.
final class UserDirectory {
    private static let firstNames = [
        "Ada", "Alan", "Barbara", "Dennis", "Edsger", "Frances", "Grace", "Hedy", "Joan", "John",
        "Katherine", "Ken", "Leslie", "Margaret", "Niklaus", "Radia", "Robin", "Sophie", "Tony",
        "Whitfield",
    ]
    private static let lastNames = ["Baker", "Fisher", "Mason", "Smith", "Weaver"]
    /// 2025-01-01T00:00:00Z; each later user is an hour younger.
    private static let epoch: Int64 = 1_735_689_600
    /// Bounds on what clients can store here.
    private static let mostUsers = 10_000
    private static let mostBytes = 256

    private var users: [String: User_V1_User] = [:]
    /// All identifiers in the order of creation.
    private(set) var ids: [String] = []
    private var lastNumber = 0

    init() {
        for number in 1...100 {
            let first = Self.firstNames[(number - 1) % Self.firstNames.count]
            let last = Self.lastNames[(number - 1) / Self.firstNames.count % Self.lastNames.count]
            let mail = "\(first.lowercased()).\(last.lowercased())@example.com"
            self.insert(id: "\(number)", name: "\(first) \(last)", email: mail)
        }
    }

    func user(_ id: String) -> User_V1_User? { self.users[id] }

    /// The user of this identifier, which the request has in `field`.
    func existing(_ id: String, field: String) throws(CallFailure) -> User_V1_User {
        guard !id.isEmpty else {
            throw CallFailure(
                code: .invalidArgument,
                message: "\(field): expected an identifier, found an empty text"
            )
        }
        guard let user = self.users[id] else {
            throw CallFailure(code: .notFound, message: "user '\(id)' not found")
        }
        return user
    }

    func create(_ request: User_V1_CreateUserRequest) throws(CallFailure) -> User_V1_User {
        try Self.check(request.id, field: "id")
        try Self.check(request.name, field: "name")
        try Self.check(request.email, field: "email")
        guard !request.name.isEmpty else {
            throw CallFailure(
                code: .invalidArgument,
                message: "name: expected a name, found an empty text"
            )
        }
        guard self.users[request.id] == nil else {
            throw CallFailure(code: .alreadyExists, message: "user '\(request.id)' exists already")
        }
        guard self.ids.count < Self.mostUsers else {
            throw CallFailure(
                code: .resourceExhausted,
                message: "there are \(Self.mostUsers) users already"
            )
        }
        let id = request.id.isEmpty ? self.freeIdentifier() : request.id
        return self.insert(id: id, name: request.name, email: request.email)
    }

    /// Changes the fields the mask names; all of them without a mask.
    func update(_ request: User_V1_UpdateUserRequest) throws(CallFailure) -> User_V1_User {
        var user = try self.existing(request.user.id, field: "user.id")
        try Self.check(request.user.name, field: "user.name")
        try Self.check(request.user.email, field: "user.email")
        let paths = request.updateMask.paths
        for path in paths.isEmpty ? ["*"] : paths {
            switch path {
            case "name": user.name = request.user.name
            case "email": user.email = request.user.email
            case "created_at": user.createdAt = request.user.createdAt
            case "*":
                user.name = request.user.name
                user.email = request.user.email
                user.createdAt = request.user.createdAt
            default:
                throw CallFailure(
                    code: .invalidArgument,
                    message: "update_mask: expected name, email or created_at, found '\(path)'"
                )
            }
        }
        self.users[user.id] = user
        return user
    }

    func delete(_ id: String) throws(CallFailure) {
        _ = try self.existing(id, field: "user_id")
        self.users[id] = nil
        self.ids.removeAll { $0 == id }
    }

    // MARK: - Private

    @discardableResult
    private func insert(id: String, name: String, email: String) -> User_V1_User {
        self.lastNumber += 1
        var user = User_V1_User()
        user.id = id
        user.name = name
        user.email = email
        user.createdAt = Self.epoch + Int64(self.lastNumber - 1) * 3600
        self.users[id] = user
        self.ids.append(id)
        return user
    }

    private func freeIdentifier() -> String {
        var number = self.lastNumber + 1
        while self.users["\(number)"] != nil { number += 1 }
        return "\(number)"
    }

    private static func check(_ text: String, field: String) throws(CallFailure) {
        guard text.utf8.count > Self.mostBytes else { return }
        throw CallFailure(
            code: .invalidArgument,
            message: "\(field): expected at most \(Self.mostBytes) bytes, "
                + "found \(text.utf8.count)"
        )
    }
}
