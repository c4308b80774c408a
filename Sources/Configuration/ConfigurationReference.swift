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

    /// The words for each place that has a supported key of this name; the top level is left out.
    package static func places(of key: String) -> [String] {
        self.tables.filter { table in
            !table.name.isEmpty
                && table.entries.contains { $0.name == key && $0.isSupported }
        }.map { "'\($0.name)'" }
    }

    /// The reference as Markdown: one table per place, keys of later versions left out.
    package static func markdown() -> String {
        var text = ""
        for table in self.tables {
            text += "\n### \(table.name.isEmpty ? "Top level" : "`\(table.name)`")\n\n"
            text += "| key | value | default | meaning |\n|---|---|---|---|\n"
            for entry in table.entries where entry.isSupported {
                let fallback =
                    entry.isRequired
                    ? "required" : entry.defaultText.isEmpty ? "" : "`\(entry.defaultText)`"
                text += "| `\(entry.name)` | \(Self.cell(entry.kind)) | \(fallback) "
                text += "| \(Self.cell(entry.meaning)) |\n"
            }
        }
        return text
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
