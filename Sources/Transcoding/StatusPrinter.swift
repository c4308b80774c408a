public import Bytes

/// Errors as JSON. Nothing here fails: a caller who has an error to report has nowhere to go with
/// another one.
extension ResponsePrinter {
    /// Appends the body of an error.
    ///
    /// A detail of a type that the tables do not know, or that is broken, is written as
    /// `{"@type":"…","value":"<base64>"}`: the rest of the answer does not suffer. If `details` is
    /// itself broken, what comes before the break is written.
    ///
    /// - Parameters:
    ///   - code: the number of the google.rpc.Code.
    ///   - message: the text; bytes that are not UTF-8 become U+FFFD.
    ///   - details: the google.rpc.Status of `grpc-status-details-bin`, decoded; may be empty. Its
    ///     code and message are not read: the trailers' own count (gRPC "Status codes").
    ///   - violations: faults of the request that the gateway found itself, written first, as one
    ///     google.rpc.BadRequest.
    ///   - form: the shape of the body.
    ///   - profile: names, enums and integers of the details, and whether it is pretty.
    ///   - hidesInternals: leave google.rpc.DebugInfo out, and the messages of INTERNAL and UNKNOWN,
    ///     which tell of the backend's inside (`expose_details: false`).
    ///   - output: where it is appended.
    public func printStatus(
        code: UInt8,
        message: UnsafeRawBufferPointer,
        details: UnsafeRawBufferPointer,
        violations: [FieldViolation] = [],
        form: StatusForm = .json,
        profile: JSONProfile = .standard,
        hidesInternals: Bool = false,
        into output: inout OutputBuffer
    ) {
        var writer = StatusWriter(isPretty: profile.pretty)
        if form == .streamElement {
            writer.open("{", &output)
            writer.key("error", &output)
        }
        writer.open("{", &output)
        if case .problem(let title, let status) = form {
            writer.key("type", &output)
            output.append("\"about:blank\"")
            writer.key("title", &output)
            writer.string(title, &output)
            writer.key("status", &output)
            output.append(decimal: status)
            writer.key("detail", &output)
        } else {
            writer.key("code", &output)
            output.append(decimal: code)
            writer.key("message", &output)
        }
        if hidesInternals, let text = Self.neutralMessage(code) {
            output.append(text)
        } else {
            _ = StringPrinter.append(message, repairs: true, to: &output)
        }
        if case .problem = form {
            writer.key("code", &output)
            output.append(decimal: code)
        }
        writer.key("details", &output)
        writer.open("[", &output)
        if !violations.isEmpty { writer.badRequest(violations, &output) }
        self.printDetails(details, profile, hidesInternals, &writer, &output)
        writer.close("]", &output)
        writer.close("}", &output)
        if form == .streamElement { writer.close("}", &output) }
    }

    /// The same with the message as a string.
    public func printStatus(
        code: UInt8,
        message: String,
        details: [UInt8] = [],
        violations: [FieldViolation] = [],
        form: StatusForm = .json,
        profile: JSONProfile = .standard,
        hidesInternals: Bool = false,
        into output: inout OutputBuffer
    ) {
        var message = message
        message.withUTF8 { text in
            details.withUnsafeBytes { details in
                self.printStatus(
                    code: code,
                    message: UnsafeRawBufferPointer(text),
                    details: details,
                    violations: violations,
                    form: form,
                    profile: profile,
                    hidesInternals: hidesInternals,
                    into: &output
                )
            }
        }
    }

    /// What the public reads instead of a message of UNKNOWN (2) or INTERNAL (13).
    private static func neutralMessage(_ code: UInt8) -> StaticString? {
        switch code {
        case 2: "\"unknown error\""
        case 13: "\"internal error\""
        default: nil
        }
    }

    // MARK: - Details

    private func printDetails(
        _ status: UnsafeRawBufferPointer,
        _ profile: JSONProfile,
        _ hidesInternals: Bool,
        _ writer: inout StatusWriter,
        _ output: inout OutputBuffer
    ) {
        guard status.count < Int(UInt32.max) else { return }
        var reader = StatusReader(status)
        while let detail = reader.nextDetail() {
            if hidesInternals, reader.isType("google.rpc.DebugInfo", detail) { continue }
            writer.element(&output)
            let start = output.count
            if self.printDetail(detail, in: status, profile, writer.level, &output) { continue }
            // Over the limit nothing is printed that could be kept either.
            output.truncate(to: start)
            writer.open("{", &output)
            writer.key("@type", &output)
            _ = StringPrinter.append(reader.bytes(detail.url), repairs: true, to: &output)
            writer.key("value", &output)
            output.append(UInt8(ascii: "\""))
            Base64.encode(reader.bytes(detail.value), into: &output)
            output.append(UInt8(ascii: "\""))
            writer.close("}", &output)
        }
    }

    /// Prints a detail by the tables; false if that cannot be done.
    private func printDetail(
        _ detail: StatusReader.Detail,
        in status: UnsafeRawBufferPointer,
        _ profile: JSONProfile,
        _ level: Int,
        _ output: inout OutputBuffer
    ) -> Bool {
        let start = output.count
        for isIndexed in [false, true] {
            output.truncate(to: start)
            do throws(PrinterFault) {
                try self.withPrinter(status, profile, isIndexed: isIndexed, &output) {
                    (printer, output) throws(PrinterFault) in
                    printer.level = level
                    try printer.printAny(detail.url, detail.value, depth: 1, to: &output)
                }
                return true
            } catch {
                guard error.reason != .overLimit else { return false }
            }
        }
        return false
    }
}
