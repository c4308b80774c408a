internal import Configuration
internal import Glibc

/// The protoc to run, and the folder of the well-known types that belongs to it.
struct ProtocProgram {
    /// The path of the executable file.
    let path: String
    /// Folders that hold `google/protobuf/descriptor.proto`, the program's own first.
    let includes: [String]

    static let installHint =
        "install it (Debian: apt install protobuf-compiler), set PROTOC to its path, "
        + "or name files in schema.descriptor_sets instead"

    /// Finds protoc: `$PROTOC`, or the first one on `PATH`.
    ///
    /// - Parameters:
    ///   - environment: where `PROTOC` and `PATH` are looked up.
    ///   - place: where the configuration asks for protoc.
    /// - Returns: the program.
    /// - Throws: an error that says what to do.
    static func find(
        environment: [String: String],
        place: SourcePlace
    ) throws(ConfigError) -> ProtocProgram {
        if let named = environment["PROTOC"], !named.isEmpty {
            if !named.contains("/"), let path = Self.lookUp(named, environment) {
                return ProtocProgram(path: path)
            }
            guard Self.isProgram(named) else {
                throw ConfigError(
                    "expected a program in $PROTOC, found '\(named)', which cannot be run",
                    at: place,
                    hint: Self.installHint
                )
            }
            return ProtocProgram(path: named)
        }
        guard let path = Self.lookUp("protoc", environment) else {
            throw ConfigError(
                "expected protoc on PATH to compile .proto files, found none",
                at: place,
                hint: Self.installHint
            )
        }
        return ProtocProgram(path: path)
    }

    private init(path: String) {
        self.path = path
        var includes: [String] = []
        // A symbolic link may point out of the unpacked release that has the include folder.
        for program in [path, FileAccess.real(path)] {
            let folder = program.split(separator: "/").dropLast(2).joined(separator: "/")
            includes.append(FileAccess.clean("/\(folder)/include"))
        }
        includes += ["/usr/include", "/usr/local/include"]
        var seen: Set<String> = []
        self.includes = includes.filter { folder in
            FileAccess.exists("\(folder)/google/protobuf/descriptor.proto")
                && seen.insert(folder).inserted
        }
    }

    private static func lookUp(_ name: String, _ environment: [String: String]) -> String? {
        let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        return folders.lazy.map { "\($0)/\(name)" }.first(where: Self.isProgram)
    }

    private static func isProgram(_ path: String) -> Bool {
        !FileAccess.isFolder(path) && access(path, X_OK) == 0
    }
}
