/// Which pages of other origins may call, under `cors`; nil leaves a list to the policy.
package struct CORSConfiguration: KeyedValue, Hashable {
    package var origins: [Placed<String>] = []
    package var headers: [Placed<String>]?
    package var exposed: [Placed<String>]?
    package var allowsCredentials = false
    /// How long a browser may remember a preflight; zero is not at all.
    package var maxAge = Duration.seconds(600)
    package var places = Places()

    package init() {}

    package static let tableName = "cors"
    package static let keys: [Key<Self>] = [
        .required(
            "origins",
            \.origins,
            .list("a list of origins", of: .placed(.text("an origin such as https://example.com"))),
            "whose pages may call: https://example.com, https://*.example.com, or * for all"
        ),
        .optional(
            "headers",
            \.headers,
            .list("a list of header names", of: .placed(.text("the name of a header, or *"))),
            otherwise: "those that the gateway reads",
            "request headers that pages may set"
        ),
        .optional(
            "expose",
            \.exposed,
            .list("a list of header names", of: .placed(.text("the name of a header, or *"))),
            otherwise: "etag, location, retry-after, x-request-id",
            "answer headers that pages may read"
        ),
        .key(
            "credentials",
            \.allowsCredentials,
            .boolean,
            "let browsers send cookies and client certificates; not with *"
        ),
        .key(
            "max_age",
            \.maxAge,
            .duration(zero: "not at all", least: .seconds(1)),
            "how long a browser may remember a preflight"
        ),
    ]
}
