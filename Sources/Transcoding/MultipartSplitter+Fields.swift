internal import Bytes

/// The fields of a form whose file is a stream: they go into the first message.
extension MultipartSplitter {
    /// Adds the fields in front of the file to what path and query bind.
    ///
    /// Where the rule has `body: "*"` they are a form's fields, as `BodyFormat.form` reads them;
    /// elsewhere they bind as query parameters do, beside those. To be called when the file begins;
    /// the fields are forgotten after that.
    ///
    /// - Parameters:
    ///   - binding: how the route makes its messages.
    ///   - tables: the types.
    ///   - depth: the most names in a field's path.
    ///   - values: takes the fields, decoded.
    /// - Throws: `.field` for a name that is not known or is bound already, and for a part that is
    ///   no text.
    public func bindFields(
        of binding: RequestBinding,
        tables: TypeTables,
        depth: Int,
        into values: BindingValues
    ) throws(TranscodingError) {
        let isForm = binding.takesForm(tables: tables)
        try self.takeFields { parts throws(TranscodingError) in
            try parts.withNames { names throws(TranscodingError) in
                for index in 0..<parts.parts.count {
                    let part = parts.parts[index]
                    let range = part.nameOffset..<part.nameOffset + part.nameCount
                    let name = UnsafeRawBufferPointer(rebasing: names[range])
                    guard try self.takes(name, binding, tables, depth: depth) else { continue }
                    try Self.checkText(part, name)
                    if isForm {
                        values.add(formName: name, value: part.content)
                    } else {
                        values.add(queryName: name, value: part.content)
                    }
                }
            }
        }
    }

    private static func checkText(
        _ part: MultipartParts.Part,
        _ name: UnsafeRawBufferPointer
    ) throws(TranscodingError) {
        let essence = MediaTypeText.essence(of: part.contentType)
        guard essence.isEmpty || essence.equalsIgnoringCase("text/plain") else {
            throw TranscodingError(
                field: Excerpt.of(name),
                "expected a form field of text beside a file, "
                    + "found a part of \(Excerpt.of(essence))"
            )
        }
        guard MediaTypeText.isUTF8(part.contentType) else {
            throw TranscodingError(
                field: Excerpt.of(name),
                "expected UTF-8, found another charset"
            )
        }
    }

    /// Whether a form field of the name can be bound.
    ///
    /// - Returns: false for an unknown name that is ignored.
    private func takes(
        _ name: UnsafeRawBufferPointer,
        _ binding: RequestBinding,
        _ tables: TypeTables,
        depth: Int
    ) throws(TranscodingError) -> Bool {
        try tables.withView { view throws(TranscodingError) in
            var steps = ScratchList<Int32>()
            switch QueryName.resolve(
                name,
                in: binding.inputType,
                view: view,
                depth: depth,
                into: &steps
            ) {
            case .unknown(let message, let segment):
                guard binding.refusesUnknownFields else { return false }
                throw Self.unknown(name, segment, of: view.messages[Int(message)], tables)
            case .unsuitable(let description):
                throw TranscodingError(field: Excerpt.of(name), description)
            case .field:
                try self.checkFree(name, steps, binding, tables)
                return true
            }
        }
    }

    /// Refuses a form field for what the file or the path binds.
    ///
    /// With `body: "*"` a form's field may say what the path says; that is compared when the message
    /// is written.
    private func checkFree(
        _ name: UnsafeRawBufferPointer,
        _ steps: borrowing ScratchList<Int32>,
        _ binding: RequestBinding,
        _ tables: TypeTables
    ) throws(TranscodingError) {
        let first = tables.fields[Int(steps[0])]
        if let field = self.chunkField, tables.string(first.protoName) == field.name {
            throw TranscodingError(
                field: field.name,
                "expected the file, a part with a file name or named \"\(field.name)\", found text"
            )
        }
        guard !binding.takesForm(tables: tables) else { return }
        let sent = Excerpt.of(name)
        switch binding.body {
        case .none: break
        case .whole:
            throw TranscodingError(
                field: sent,
                "expected no form field beside the file, it binds all fields of the message"
            )
        case .field(let path) where Self.overlaps(path, steps):
            throw TranscodingError(
                field: sent,
                "expected no form field, the file binds \(path.name)"
            )
        case .field: break
        }
        for path in binding.captures where Self.overlaps(path, steps) {
            throw TranscodingError(
                field: sent,
                "expected no form field, the path binds \(path.name)"
            )
        }
    }

    private static func overlaps(
        _ path: FieldPath,
        _ steps: borrowing ScratchList<Int32>
    ) -> Bool {
        for index in 0..<min(path.steps.count, steps.count)
        where path.steps[index] != steps[index] {
            return false
        }
        return true
    }

    private static func unknown(
        _ name: UnsafeRawBufferPointer,
        _ segment: UnsafeRawBufferPointer,
        of message: MessageEntry,
        _ tables: TypeTables
    ) -> TranscodingError {
        let first = Int(message.firstField)
        let names = tables.fields[first..<first + Int(message.fieldCount)]
            .map { tables.string($0.protoName) }
        let hint =
            NearestName.of(Excerpt.of(segment), among: names)
            .map { "; did you mean \"\($0)\"?" } ?? ""
        return TranscodingError(
            field: Excerpt.of(name),
            "expected a field of \(tables.string(message.fullName)), "
                + "found the form field \"\(Excerpt.of(name))\"\(hint)"
        )
    }
}
