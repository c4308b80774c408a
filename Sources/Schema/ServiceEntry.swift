/// A gRPC service of the schema, its methods in order of declaration.
package struct ServiceEntry: Sendable {
    /// The full name, `user.v1.UserService`.
    package let name: String
    package let methods: [MethodEntry]
    /// The `.proto` file that declares it.
    package let file: String
}

/// A method of a service, its types as indices into the tables.
package struct MethodEntry: Sendable, Equatable {
    /// The full name of the service, `user.v1.UserService`.
    package let service: String
    /// `GetUser`.
    package let name: String
    /// `user.v1.UserService/GetUser`: the gRPC path without its leading slash.
    package let fullName: String
    /// Indices into `TypeTables.messages`.
    package let inputType: Int32
    package let outputType: Int32
    package let clientStreams: Bool
    package let serverStreams: Bool
    /// The method's `google.api.http` option: the main rule, then its additional bindings.
    package let httpRules: [HTTPRule]
    /// The `.proto` file that declares it.
    package let file: String
}
