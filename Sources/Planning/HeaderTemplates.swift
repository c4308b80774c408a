internal import Configuration
internal import Exchanges
internal import Policies
internal import Transcoding

/// Compiles `success.headers`: texts such as `/v1/users/{id}` over the fields of the answer.
struct HeaderTemplates {
    let outputType: Int32
    let tables: TypeTables
    private(set) var errors: [ConfigError] = []

    init(outputType: Int32, tables: TypeTables) {
        self.outputType = outputType
        self.tables = tables
    }

    /// The headers in the order written; those that are wrong are in `errors`.
    mutating func compile(_ headers: [SuccessHeader]) -> [FieldTemplate] {
        var templates: [FieldTemplate] = []
        var seen: Set<String> = []
        for header in headers {
            guard ResponseMetadataPolicy.isAllowed(header.name) else {
                self.fail(
                    "expected a header that a route may set, found '\(header.name)', "
                        + "which the gateway sets itself",
                    at: header
                )
                continue
            }
            guard seen.insert(header.name).inserted else {
                self.fail("expected '\(header.name)' once, found it twice", at: header)
                continue
            }
            guard let parts = self.parts(of: header) else { continue }
            templates.append(FieldTemplate(name: header.name, parts: parts))
        }
        return templates
    }

    /// Takes a text apart; `{{` and `}}` stand for braces.
    private mutating func parts(of header: SuccessHeader) -> [FieldTemplate.Part]? {
        var parts: [FieldTemplate.Part] = []
        var text: [UInt8] = []
        var rest = Array(header.template.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") else {
                text.append(byte)
                continue
            }
            if rest.first == byte {
                rest.removeFirst()
                text.append(byte)
                continue
            }
            guard byte == UInt8(ascii: "{") else {
                self.fail("expected '{' before '}' in '\(header.template)'", at: header)
                return nil
            }
            guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
                self.fail("expected '}' after '{' in '\(header.template)'", at: header)
                return nil
            }
            guard let path = self.field(rest[..<end], at: header) else { return nil }
            rest = rest[(end + 1)...]
            if !text.isEmpty { parts.append(.text(text)) }
            text = []
            parts.append(.field(path))
        }
        if !text.isEmpty { parts.append(.text(text)) }
        return parts
    }

    private mutating func field(
        _ bytes: ArraySlice<UInt8>,
        at header: SuccessHeader
    ) -> FieldPath? {
        guard !bytes.isEmpty else {
            self.fail(
                "expected the name of a field between '{' and '}' in '\(header.template)'",
                at: header
            )
            return nil
        }
        let name = String(decoding: bytes, as: UTF8.self)
        do throws(FieldPathError) {
            _ = try self.resolve(name, use: .body)
        } catch {
            self.fail(error.description, at: header)
            return nil
        }
        // What may be a path variable has one text, and so may stand here.
        do throws(FieldPathError) {
            return try self.resolve(name, use: .capture)
        } catch {
            self.fail(
                "expected a field of one value in '\(header.template)', found '\(name)', "
                    + "which is repeated, a map or a message",
                at: header
            )
            return nil
        }
    }

    private func resolve(
        _ name: String,
        use: FieldPath.Use
    ) throws(FieldPathError) -> FieldPath {
        try FieldPath.resolve(name, in: self.outputType, tables: self.tables, use: use)
    }

    private mutating func fail(_ message: String, at header: SuccessHeader) {
        self.errors.append(ConfigError(message, at: header.place))
    }
}
