internal import Balancing
internal import GRPC

extension CallOutcome {
    /// What it says of a backend that its call is given up.
    ///
    /// One that has not answered in time has failed: else an endpoint that hangs would never count
    /// as failing.
    ///
    /// - Parameter failure: what the client is told; nil when the client has gone.
    init(of failure: Failure?) {
        guard let failure, failure.code == .deadlineExceeded, failure.origin != .client else {
            self = .uncounted
            return
        }
        self = .failure
    }
}
