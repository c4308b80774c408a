internal import Configuration
internal import Schema

/// Compiles folders of `.proto` sources to a descriptor set by protoc.
struct ProtoCompiler {
    /// How long all runs of protoc together may take.
    static let timeLimit = Duration.seconds(30)
    /// The most bytes of a descriptor set, of protoc or of a file.
    static let maxSetBytes = 64 * 1024 * 1024
    /// After an error in one file protoc does not look at the next ones: as many runs without the
    /// broken files show the errors of the others.
    private static let maxRuns = 12

    let folders: [Placed<String>]
    let imports: [Placed<String>]
    let environment: [String: String]
    var timeLimit = Self.timeLimit
    /// Whether nobody waits for the outcome any more; protoc is killed then.
    var isAbandoned: @Sendable () -> Bool = { false }

    /// What compiling came to.
    struct Outcome {
        var set: DescriptorSet?
        var errors: [ConfigError] = []
        var warnings: [ConfigError] = []
        /// The import folders, the first one that has a file wins.
        var roots: [String] = []
    }

    /// Compiles every `.proto` file of the folders.
    func compile(_ access: inout FileAccess) -> Outcome {
        var outcome = Outcome()
        let sources = self.sources(&access, &outcome)
        self.checkImports(&outcome, access)
        guard outcome.errors.isEmpty, let place = self.folders.first?.place else { return outcome }
        let program: ProtocProgram
        do throws(ConfigError) {
            program = try ProtocProgram.find(environment: self.environment, place: place)
        } catch {
            outcome.errors.append(error)
            return outcome
        }
        guard let temporary = TemporaryFolder(environment: self.environment),
            BuiltInProtos.files.allSatisfy({ temporary.write($0.text, to: "include/\($0.path)") })
        else {
            let message = "expected a temporary folder for protoc, found that none can be made"
            let hint = "make room in /tmp, or set TMPDIR to a folder that can be written"
            outcome.errors.append(ConfigError(message, at: place, hint: hint))
            return outcome
        }
        outcome.roots =
            (self.folders + self.imports).map(\.value)
            + ["\(temporary.path)/include"] + program.includes
        self.run(program, sources, in: temporary.path, place, &access, &outcome)
        return outcome
    }

    // MARK: - Before

    private func sources(_ access: inout FileAccess, _ outcome: inout Outcome) -> [String] {
        var sources: [String] = []
        var seen: Set<String> = []
        for folder in self.folders {
            do throws(FileAccess.Trouble) {
                let files = try access.files(in: folder.value, extensions: [".proto"])
                if files.isEmpty {
                    outcome.errors.append(
                        ConfigError(
                            "expected .proto files in the folder, found none: "
                                + access.shown(FileAccess.clean(folder.value)),
                            at: folder.place
                        )
                    )
                }
                for file in files where seen.insert(FileAccess.real(file)).inserted {
                    access.note(file)
                    sources.append(file)
                }
            } catch {
                let isFile = folder.value.hasSuffix(".proto")
                let hint = isFile ? "name the folder that the file is in" : nil
                outcome.errors.append(ConfigError(error.message, at: folder.place, hint: hint))
            }
        }
        return sources
    }

    private func checkImports(_ outcome: inout Outcome, _ access: FileAccess) {
        for folder in self.folders + self.imports {
            // protoc takes these for a list of folders and for another name of a folder.
            guard let sign = folder.value.first(where: { ":=".contains($0) }) else { continue }
            let message = "expected a folder without ':' and '=', found '\(sign)' in its path"
            outcome.errors.append(ConfigError(message, at: folder.place))
        }
        for folder in self.imports where !FileAccess.isFolder(folder.value) {
            let shown = access.shown(FileAccess.clean(folder.value))
            let message = "expected a readable folder, found none: \(shown)"
            outcome.errors.append(ConfigError(message, at: folder.place))
        }
    }

    // MARK: - protoc

    private func run(
        _ program: ProtocProgram,
        _ sources: [String],
        in folder: String,
        _ place: SourcePlace,
        _ access: inout FileAccess,
        _ outcome: inout Outcome
    ) {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: self.timeLimit)
        var left = sources
        for number in 1...Self.maxRuns {
            let ending = ChildProcess.run(
                program.path,
                arguments: ["--include_imports", "--descriptor_set_out=\(folder)/set"]
                    + outcome.roots.map { "-I\($0)" } + ["@\(folder)/arguments"],
                environment: self.environment,
                output: self.prepare(folder, left),
                timeLimit: clock.now.duration(to: end),
                isAbandoned: self.isAbandoned
            )
            let output = (try? access.read("\(folder)/output", maxBytes: 1 << 20)) ?? []
            access.forget(below: folder)
            let shown = access
            let roots = outcome.roots
            let messages = ProtocMessages(String(decoding: output, as: UTF8.self), place: place) {
                Self.show($0, roots, shown)
            }
            outcome.warnings += messages.warnings
            if ending == .exited(0) {
                // What a run that went well has to say is no error, whatever its form.
                outcome.warnings += messages.errors
                if number == 1 { self.readSet(folder, place, &access, &outcome) }
                return
            }
            outcome.errors += messages.errors
            switch ending {
            case .exited:
                let broken = messages.brokenFiles
                let rest = left.filter { file in
                    !broken.contains { file.hasSuffix("/\($0)") }
                }
                if messages.errors.isEmpty, outcome.errors.isEmpty {
                    self.fail(
                        "expected protoc to succeed, found that it failed silently",
                        place,
                        &outcome
                    )
                }
                guard rest.count < left.count, !rest.isEmpty else { return }
                left = rest
            case .signalled(let signal):
                self.fail(
                    "expected protoc to succeed, found that signal \(signal) ended it",
                    place,
                    &outcome
                )
                return
            case .outOfTime:
                let limit = DurationText.format(self.timeLimit)
                self.fail(
                    "expected protoc to end within \(limit), found it still running",
                    place,
                    &outcome
                )
                return
            case .abandoned:
                self.fail("expected time for protoc, found none left for it", place, &outcome)
                return
            case .failed(let reason):
                outcome.errors.append(
                    ConfigError(
                        "expected to run \(program.path), found: \(reason)",
                        at: place,
                        hint: ProtocProgram.installHint
                    )
                )
                return
            }
        }
    }

    private func fail(_ message: String, _ place: SourcePlace, _ outcome: inout Outcome) {
        outcome.errors.append(ConfigError(message, at: place))
    }

    /// Writes the list of sources, which may be longer than a command line; the output's path.
    private func prepare(_ folder: String, _ sources: [String]) -> String {
        let text = sources.map { "\($0)\n" }.joined()
        FileAccess.write(text, to: "\(folder)/arguments")
        return "\(folder)/output"
    }

    private func readSet(
        _ folder: String,
        _ place: SourcePlace,
        _ access: inout FileAccess,
        _ outcome: inout Outcome
    ) {
        do throws(FileAccess.Trouble) {
            let bytes = try access.read("\(folder)/set", maxBytes: Self.maxSetBytes)
            outcome.set = DescriptorSet(name: "protos", bytes: bytes)
            for name in DescriptorNames.files(of: bytes) {
                // What comes from the built-in folder does not change.
                if let file = Self.find(name, outcome.roots), !file.hasPrefix("\(folder)/") {
                    access.note(file)
                }
            }
        } catch {
            self.fail("the descriptor set of protoc: \(error.message)", place, &outcome)
        }
        access.forget(below: folder)
    }

    // MARK: - Names

    /// The file that an import path stands for.
    static func find(_ name: String, _ roots: [String]) -> String? {
        roots.lazy.map { "\($0)/\(name)" }.first(where: FileAccess.exists)
    }

    /// An import path as the file that it stands for is shown.
    static func show(_ name: String, _ roots: [String], _ access: FileAccess) -> String {
        Self.find(name, roots).map { access.shown(FileAccess.clean($0)) } ?? name
    }
}
