internal import Bytes

/// Writes objects and arrays with commas, and lines when they are pretty.
struct StatusWriter {
    let isPretty: Bool
    private(set) var level = 0
    private var isFirst = true

    init(isPretty: Bool) {
        self.isPretty = isPretty
    }

    mutating func open(_ bracket: StaticString, _ output: inout OutputBuffer) {
        output.append(bracket)
        self.level += 1
        self.isFirst = true
    }

    mutating func close(_ bracket: StaticString, _ output: inout OutputBuffer) {
        self.level -= 1
        if !self.isFirst { self.breakLine(&output) }
        output.append(bracket)
        self.isFirst = false
    }

    /// Begins an element of an array.
    mutating func element(_ output: inout OutputBuffer) {
        if !self.isFirst { output.append(UInt8(ascii: ",")) }
        self.isFirst = false
        self.breakLine(&output)
    }

    /// Begins a member of an object; a key here needs no escapes.
    mutating func key(_ name: StaticString, _ output: inout OutputBuffer) {
        self.element(&output)
        output.append(UInt8(ascii: "\""))
        output.append(name)
        output.append(self.isPretty ? "\": " : "\":")
    }

    func string(_ text: String, _ output: inout OutputBuffer) {
        var text = text
        text.withUTF8 {
            _ = StringPrinter.append(UnsafeRawBufferPointer($0), repairs: true, to: &output)
        }
    }

    /// Writes a google.rpc.BadRequest as an element (google/rpc/error_details.proto).
    mutating func badRequest(_ violations: [FieldViolation], _ output: inout OutputBuffer) {
        self.element(&output)
        self.open("{", &output)
        self.key("@type", &output)
        output.append("\"type.googleapis.com/google.rpc.BadRequest\"")
        self.key("fieldViolations", &output)
        self.open("[", &output)
        for violation in violations {
            self.element(&output)
            self.open("{", &output)
            self.key("field", &output)
            self.string(violation.field, &output)
            self.key("description", &output)
            self.string(violation.description, &output)
            self.close("}", &output)
        }
        self.close("]", &output)
        self.close("}", &output)
    }

    private func breakLine(_ output: inout OutputBuffer) {
        guard self.isPretty else { return }
        output.append("\n")
        for _ in 0..<self.level { output.append("  ") }
    }
}
