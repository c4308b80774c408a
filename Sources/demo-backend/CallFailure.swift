internal import GRPC

/// The status a call ends with when it is not OK.
struct CallFailure: Error {
    var code: StatusCode
    var message: String
}
