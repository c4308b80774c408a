/// What one backend said of its schema when it was asked by server reflection.
package struct ReflectedSchema: Sendable, Hashable {
    /// One `.proto` file.
    package struct File: Sendable, Hashable {
        /// Its import path.
        package let name: String
        /// A serialized `google.protobuf.FileDescriptorProto`.
        package let bytes: [UInt8]

        package init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// The name of the backend.
    package let backend: String
    /// The full names of the services that it says it serves, sorted, each once.
    package let services: [String]
    /// The files of these services with all that they import, but for files that every schema has;
    /// sorted by name, each once.
    package let files: [File]

    /// Makes a value that is equal to any other of the same content.
    package init(backend: String, services: some Sequence<String>, files: some Sequence<File>) {
        self.backend = backend
        self.services = Set(services).sorted()
        var seen: Set<String> = []
        self.files = files.sorted { $0.name < $1.name }.filter { seen.insert($0.name).inserted }
    }
}
