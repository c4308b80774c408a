/// Where message types and methods come from, and which methods become routes by themselves.
package struct SchemaConfiguration: KeyedValue, Hashable {
    /// Folders of `.proto` sources, absolute.
    package var protos: [Placed<String>] = []
    /// Further import folders for protoc, absolute.
    package var imports: [Placed<String>] = []
    /// Files written by `protoc --descriptor_set_out --include_imports`, absolute.
    package var descriptorSets: [Placed<String>] = []
    /// The names of backends that are asked for their schema.
    package var reflection: [Placed<String>] = []
    /// How often they are asked again; zero is never.
    package var refresh = Duration.seconds(300)
    /// The file that keeps what they said, absolute; nil is none.
    package var cache: Placed<String>?
    /// Whether `google.api.http` options are routes.
    package var annotations = false
    /// The services whose methods without a rule get `POST /package.Service/Method`.
    package var auto = ServiceSelection.none
    /// The services that every source but the route files is limited to.
    package var services = ServiceSelection.all
    package var places = Places()

    package init() {}

    package static let tableName = "schema"
    package static let keys: [Key<Self>] = [
        .key(
            "protos",
            \.protos,
            .list("a list of folders", of: .path("a folder of .proto files")),
            "folders of .proto sources, compiled by protoc ($PROTOC or the one on PATH)"
        ),
        .key(
            "imports",
            \.imports,
            .list("a list of folders", of: .path("a folder")),
            "further folders that imports are looked up in"
        ),
        .key(
            "descriptor_sets",
            \.descriptorSets,
            .list("a list of files", of: .path("a descriptor set file")),
            "files of protoc --descriptor_set_out --include_imports"
        ),
        .key(
            "reflection",
            \.reflection,
            .list(
                "a list of backends",
                hint: { OffWord.isOn($0) ? "write the names of backends: [NAME, …]" : nil },
                of: .placed(.text("the name of a backend"))
            ),
            "backends to ask for their schema by gRPC server reflection"
        ),
        .key(
            "refresh",
            \.refresh,
            .duration(zero: "never", least: .seconds(1)),
            "how often reflection is asked again"
        ),
        .key(
            "cache",
            \.cache,
            .orNone(.path("a file")),
            "what reflection said, for a start without the backend"
        ),
        .key("annotations", \.annotations, .boolean, "google.api.http options are routes too"),
        .key(
            "auto",
            \.auto,
            .services(all: "true", none: true),
            "methods without a rule get POST /package.Service/Method"
        ),
        .key(
            "services",
            \.services,
            .services(all: "all", none: false),
            "limits every source but the route files; grpc.* only when named"
        ),
    ]
}
