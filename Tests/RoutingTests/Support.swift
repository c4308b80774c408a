internal import Bytes
internal import Foundation
internal import Routing

/// Runs `body` with the UTF-8 of `text`.
func withBytes<R>(_ text: String, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try Array(text.utf8).withUnsafeBytes(body)
}

func table(_ lines: String...) throws -> RouteTable {
    RouteTable(try lines.map(route))
}

/// A route from `GET /v1/{id}`; a `~` in front of the path drops a trailing slash, a `!` decodes
/// fully.
func route(_ line: String) throws -> Route {
    let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
    let flags = parts[1].prefix { $0 != "/" }
    return Route(
        verb: parts[0],
        template: try PathTemplate(String(parts[1].dropFirst(flags.count))),
        fullyDecode: flags.contains("!"),
        ignoresTrailingSlash: flags.contains("~")
    )
}

/// The answer of a table as one line: `0 id=4`, `404`, `400` or `405 GET, HEAD, OPTIONS`.
func answer(_ table: RouteTable, _ request: String, captures: Captures = Captures()) -> String {
    let parts = request.split(separator: " ", maxSplits: 1).map(String.init)
    let result = withBytes(parts[0]) { method in
        withBytes(parts[1]) { table.match(method: method, path: $0, into: captures) }
    }
    switch result {
    case .route(let index):
        let names = table.route(at: index).template.variables.map(\.name)
        let values = names.indices.map {
            "\(names[$0])=\(String(decoding: captures.value(at: $0), as: UTF8.self))"
        }
        return ([String(index)] + values).joined(separator: " ")
    case .methodNotAllowed(let allow): return "405 " + table.allowText(allow)
    case .notFound: return "404"
    case .malformed: return "400"
    }
}

/// The test corpora that lie beside the repository, or where `TRANSOM_CORPUS` says.
enum Corpus {
    static func load(_ name: String) throws -> Any? {
        let folder: URL
        if let path = ProcessInfo.processInfo.environment["TRANSOM_CORPUS"] {
            folder = URL(fileURLWithPath: path)
        } else {
            let root = URL(fileURLWithPath: #filePath)
                .deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            folder = root.appendingPathComponent("../shared/corpus").standardizedFileURL
        }
        let file = folder.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: file.path) else {
            print("SKIPPED: no corpus at \(file.path)")
            return nil
        }
        return try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    }
}
