/// What kinds of bodies a route takes; asked when the configuration is loaded.
extension RequestBinding {
    /// Whether the body goes to a `google.api.HttpBody`: the whole message, or the body's field.
    ///
    /// Such a route takes a body of any content type, unread (`BodyFormat.raw`). A repeated field is
    /// not meant: its body is a JSON array.
    public func takesRawBody(tables: TypeTables) -> Bool {
        switch self.body {
        case .none: return false
        case .whole: return tables.messages[Int(self.inputType)].wellKnown == .httpBody
        case .field(let path): return path.isHTTPBody(tables)
        }
    }

    /// Whether the body may be a form, of either kind: the rule has `body: "*"` and the message's
    /// fields are what a form's names name.
    public func takesForm(tables: TypeTables) -> Bool {
        guard case .whole = self.body else { return false }
        return tables.messages[Int(self.inputType)].wellKnown == .none
    }
}

extension FieldPath {
    /// Whether the path ends at a singular `google.api.HttpBody`.
    func isHTTPBody(_ tables: TypeTables) -> Bool {
        guard let last = self.steps.last else { return false }
        let field = tables.fields[Int(last)]
        guard field.shape == .singular, field.kind == .message || field.kind == .group else {
            return false
        }
        return tables.messages[Int(field.typeIndex)].wellKnown == .httpBody
    }
}
