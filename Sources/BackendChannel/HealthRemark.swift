/// What an operator should know of a backend that is asked for its health.
public enum HealthRemark: Hashable, Sendable {
    /// It does not know grpc.health.v1 and is taken to serve.
    case unknownProtocol
    /// It does not know the service that is asked for, which counts as not serving.
    case unknownService
}
