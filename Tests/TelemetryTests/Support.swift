internal import Bytes
internal import GRPC
internal import HTTPMessages
internal import Telemetry

func withBytes<R>(_ text: String, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try Array(text.utf8).withUnsafeBytes(body)
}

let twoRoutes = RouteNames(
    routes: [
        RouteNames.Route(
            template: "/v1/users/{id}",
            service: "user.v1.UserService",
            method: "GetUser"
        ),
        RouteNames.Route(
            template: "/v1/users",
            service: "user.v1.UserService",
            method: "CreateUser"
        ),
    ],
    backends: ["users", "orders"]
)

/// A finished exchange of the first route that took `nanoseconds`.
func finished(
    route: Int = 0,
    method: Method = .get,
    status: UInt16 = 200,
    nanoseconds: Int64 = 1_234_567,
    path: String = "/v1/users/42"
) -> ExchangeRecord {
    var record = ExchangeRecord()
    record.begin(
        at: Instant(nanoseconds: 1_000_000),
        wallSeconds: 1_785_585_600,
        wallNanoseconds: 123_999_999
    )
    record.route = route
    withBytes("192.0.2.7") { record.setClient($0) }
    withBytes(method == .post ? "POST" : "GET") { record.setMethod(method, $0) }
    withBytes(path) { record.setPath($0) }
    withBytes("req-1") { record.setRequestID($0) }
    record.httpStatus = status
    record.bytesIn = 10
    record.bytesOut = 250
    record.end = Instant(nanoseconds: 1_000_000 + nanoseconds)
    return record
}

func text(_ output: borrowing OutputBuffer) -> String {
    output.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
}
