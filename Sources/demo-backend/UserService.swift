internal import GRPC
internal import SwiftProtobuf

/// The methods of `user.v1.UserService`.
final class UserService {
    private let directory = UserDirectory()

    /// Begins a call of the method at `path`; nil when there is none.
    func call(path: String) -> (any MethodCall)? {
        let directory = self.directory
        switch path {
        case "/user.v1.UserService/GetUser":
            return UnaryCall { (request: User_V1_GetUserRequest) throws(CallFailure) in
                try directory.existing(request.userID, field: "user_id")
            }
        case "/user.v1.UserService/ListUsers":
            return ListUsersCall(directory: directory)
        case "/user.v1.UserService/CreateUsers":
            return CreateUsersCall(directory: directory)
        case "/user.v1.UserService/ChatStream":
            return ChatStreamCall()
        case "/user.v1.UserService/CreateUser":
            return UnaryCall { (request: User_V1_CreateUserRequest) throws(CallFailure) in
                try directory.create(request)
            }
        case "/user.v1.UserService/UpdateUser":
            return UnaryCall { (request: User_V1_UpdateUserRequest) throws(CallFailure) in
                try directory.update(request)
            }
        case "/user.v1.UserService/DeleteUser":
            return UnaryCall { (request: User_V1_DeleteUserRequest) throws(CallFailure) in
                try directory.delete(request.userID)
                return Google_Protobuf_Empty()
            }
        default:
            return nil
        }
    }
}
