internal import Routing

/// Templates, and paths for them: the table answers as trying every route one by one does.
///
/// The input is lines; those before the first empty one are templates, each with two characters in
/// front that choose its method and flags, and those behind it are paths.
final class TemplateTarget: FuzzTarget {
    private let captures = Captures()
    private static let methods = ["GET", "POST", "*", "HEAD"].map { Array($0.utf8) }

    func run(_ input: UnsafeRawBufferPointer) {
        let lines = input.split(
            separator: UInt8(ascii: "\n"),
            maxSplits: 32,
            omittingEmptySubsequences: false
        )
        let half = lines.firstIndex(where: \.isEmpty) ?? lines.endIndex
        let routes = lines[..<half].compactMap { Self.route(Array($0)) }
        let table = RouteTable(routes)
        let hasConflicts = !table.conflicts().isEmpty
        let unreachable = Set(table.unreachable().map(\.route))
        let copy = table.copy()
        let isPlain = !hasConflicts && !routes.contains { $0.ignoresTrailingSlash }
        let naive = NaiveRouter(routes: routes)
        for path in lines[half...].dropFirst() {
            for method in Self.methods {
                let found = self.match(table, method, Array(path))
                claim(found == self.match(copy, method, Array(path)), "a copy that differs")
                if case .route(let index) = found {
                    self.readCaptures(of: routes[index], path.count)
                    let isEmptyEnd =
                        path.last == UInt8(ascii: "/") || path.contains(UInt8(ascii: ":"))
                    claim(!unreachable.contains(index) || isEmptyEnd, "unreachable and reached")
                }
                guard isPlain, found != .malformed("") else { continue }
                let wanted = naive.answer(method: method, path: Array(path))
                let isSame =
                    switch (found, wanted) {
                    case (.route(let one), .route(let other)): one == other
                    case (.methodNotAllowed, .methodNotAllowed): true
                    case (.notFound, .notFound): true
                    default: false
                    }
                claim(isSame, "expected \(wanted), found \(found)")
            }
        }
    }

    private static func route(_ line: [UInt8]) -> Route? {
        guard line.count > 2 else { return nil }
        let text = String(decoding: line[2...], as: UTF8.self)
        guard let template = try? PathTemplate(text) else { return nil }
        let shape = template.shape
        claim((try? PathTemplate(shape))?.shape == shape, "\(text) has the shape \(shape)")
        claim(template.description == text, "a template does not keep its text")
        return Route(
            verb: String(decoding: Self.methods[Int(line[0]) % 4], as: UTF8.self),
            template: template,
            fullyDecode: line[1] & 1 == 0,
            ignoresTrailingSlash: line[1] & 2 == 0
        )
    }

    private func match(_ table: RouteTable, _ method: [UInt8], _ path: [UInt8]) -> RouteMatch {
        method.withUnsafeBytes { method in
            path.withUnsafeBytes { table.match(method: method, path: $0, into: self.captures) }
        }
    }

    private func readCaptures(of route: Route, _ length: Int) {
        claim(self.captures.count == route.template.variables.count, "a capture is missing")
        for index in 0..<self.captures.count {
            claim(self.captures.value(at: index).count <= length, "a capture longer than the path")
        }
    }
}
