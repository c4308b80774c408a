/// Every key with its place, kind, default and meaning, from the tables that the reader uses.
package enum ConfigurationReference {
    /// The tables from the top down, each once.
    package static let tables: [KeyTable] = {
        var tables: [KeyTable] = []
        var names: Set<String> = []
        func add(_ table: KeyTable) {
            guard names.insert(table.name).inserted else { return }
            tables.append(table)
            for nested in table.nested { add(nested) }
        }
        add(GatewayConfiguration.table)
        add(RouteDeclaration.table)
        return tables
    }()

    /// The words for each place that has a key of this name; the top level is left out.
    package static func places(of key: String) -> [String] {
        self.tables.filter { table in
            !table.name.isEmpty && table.entries.contains { $0.name == key }
        }.map { "'\($0.name)'" }
    }

    /// The reference as one Markdown table.
    ///
    /// `methods` takes the keys of a route, so its own table would only repeat them.
    package static func markdown() -> String {
        var text = "| key | value | default | meaning |\n|---|---|---|---|\n"
        for table in self.tables where table.name != MethodConfiguration.tableName {
            for entry in table.entries {
                let key = table.name.isEmpty ? entry.name : "\(table.name).\(entry.name)"
                let fallback =
                    entry.isRequired
                    ? "required" : entry.defaultText.isEmpty ? "" : "`\(entry.defaultText)`"
                text += "| `\(key)` | \(Self.cell(entry.kind)) | \(fallback) "
                text += "| \(Self.cell(entry.meaning)) |\n"
            }
        }
        return text
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
