internal import Schema

/// What the answers come to in the end.
extension ReflectionDialogue {
    /// What the answers came to, once there is nothing left to ask.
    ///
    /// - Parameter backend: the backend's name.
    /// - Returns: the services whose files are whole, with these files; and what had to be left
    ///   out, in words, as many as anybody would read.
    func outcome(backend: String) -> (schema: ReflectedSchema, warnings: [ReflectionWarning]) {
        let lacks = self.lacks()
        var warnings = self.notes
        var services: [String] = []
        var needed: Set<String> = []
        for service in self.services {
            guard let file = self.declaring[service] else {
                let reason = self.troubles[.fileDeclaring(service)] ?? "it was not answered"
                let message = "the service '\(service)' is left out: \(reason)"
                warnings.append(ReflectionWarning(subject: service, message: message))
                continue
            }
            if let lacking = lacks[file] {
                let reason = self.troubles[.file(lacking)] ?? "it was not answered"
                let message =
                    "the service '\(service)' is left out, for the file "
                    + "'\(PeerText.shown(lacking))' cannot be had: \(reason)"
                warnings.append(ReflectionWarning(subject: service, message: message))
                continue
            }
            services.append(service)
            self.addImports(of: file, lacks, to: &needed)
        }
        let files = needed.compactMap { name in
            self.files[name].map { ReflectedSchema.File(name: name, bytes: $0.bytes) }
        }
        if warnings.count > 20 {
            let message = "and \(warnings.count - 20) more of this kind"
            warnings = warnings.prefix(20) + [ReflectionWarning(subject: "", message: message)]
        }
        return (ReflectedSchema(backend: backend, services: services, files: files), warnings)
    }

    /// The files that cannot be linked, by name, with the missing file that is at fault.
    private func lacks() -> [String: String] {
        var importers: [String: [String]] = [:]
        var lacks: [String: String] = [:]
        var spreading: [String] = []
        // In the order of names, so that the same answers give the same words.
        for (name, file) in self.files.sorted(by: { $0.key < $1.key }) {
            for path in file.outline.imports {
                importers[path, default: []].append(name)
                if self.files[path] == nil, lacks[path] == nil {
                    lacks[path] = path
                    spreading.append(path)
                }
            }
        }
        while let path = spreading.popLast() {
            for importer in importers[path] ?? [] where lacks[importer] == nil {
                lacks[importer] = lacks[path]
                spreading.append(importer)
            }
        }
        return lacks
    }

    /// Adds a file and all that it imports, as far as it can be linked.
    private func addImports(
        of file: String,
        _ lacks: [String: String],
        to needed: inout Set<String>
    ) {
        var spreading = [file]
        while let name = spreading.popLast() {
            guard let file = self.files[name], needed.insert(name).inserted else { continue }
            spreading += file.outline.imports
            spreading += file.outline.weakImports.filter { lacks[$0] == nil }
        }
    }
}
