internal import Bytes
internal import Transcoding

/// A backend's bytes: what prints is JSON that encodes again, whatever the profile.
final class PrintTarget: FuzzTarget {
    private let printer = ResponsePrinter(tables: FuzzSchema.tables)
    private let messages = MessageRoundTrip()
    private let fields: [FieldPath] = [
        "i32", "ints", "child", "children", "by_number", "by_flag", "child.st", "any", "value",
        "at", "w_bytes", "one_null", "colors", "fl", "child.child.named_values",
    ]
    .compactMap {
        try? FieldPath.resolve($0, in: FuzzSchema.open, tables: FuzzSchema.tables, use: .body)
    }

    func run(_ input: UnsafeRawBufferPointer) {
        guard input.count > 1 else { return }
        let message = input.rest(from: 2)
        if input[0] & 1 == 1 {
            self.status(message, choice: input[1])
        } else if input[0] & 128 != 0 {
            self.field(message, self.fields[Int(input[1]) % self.fields.count], choice: input[0])
        } else {
            self.message(
                message,
                type: FuzzSchema.all[Int(input[1]) % FuzzSchema.all.count],
                choice: input[0]
            )
        }
    }

    private func message(_ message: UnsafeRawBufferPointer, type: Int32, choice: UInt8) {
        var plain = OutputBuffer(limit: 1 << 20)
        let isPrinted = self.prints(message, type, .standard, &plain)
        let other = Self.profile(choice)
        var varied = OutputBuffer(limit: 8 << 20)
        let isVaried = self.prints(message, type, other, &varied)
        if isPrinted { claim(isVaried, "one profile prints and another does not") }
        guard isPrinted, isVaried else { return }
        let first = self.messages.encoded(plain, type: type)
        // Names without their prefix are for readers only; defaults that are printed may set what
        // was not set.
        guard other.enums != .stripped else { return }
        let second = self.messages.encoded(varied, type: type)
        claim(other.defaults == .print || second == first, "\(plain.text)\n\(varied.text)")
    }

    private func prints(
        _ message: UnsafeRawBufferPointer,
        _ type: Int32,
        _ profile: JSONProfile,
        _ output: inout OutputBuffer
    ) -> Bool {
        do throws(TranscodingError) {
            try self.printer.print(message, type: type, profile: profile, into: &output)
            return true
        } catch {
            claim(error.kind == .backend, "expected a backend's error, found \(error)")
            claim(output.isEmpty, "an error left \(output.count) bytes")
            return false
        }
    }

    /// Prints one field of a message (`response_body`), set or not.
    private func field(_ message: UnsafeRawBufferPointer, _ field: FieldPath, choice: UInt8) {
        var output = OutputBuffer(limit: 1 << 20)
        do throws(TranscodingError) {
            try self.printer.print(
                message,
                type: FuzzSchema.open,
                profile: Self.profile(choice),
                field: field,
                into: &output
            )
        } catch {
            claim(output.isEmpty, "an error left \(output.count) bytes")
            return
        }
        _ = self.messages.encoded(output, type: FuzzSchema.value)
    }

    private func status(_ details: UnsafeRawBufferPointer, choice: UInt8) {
        var output = OutputBuffer()
        let form: StatusForm =
            switch choice & 3 {
            case 0: .json
            case 1: .problem(title: "Not Found", status: 404)
            default: .streamElement
            }
        self.printer.printStatus(
            code: choice >> 4,
            message: details.first(20),
            details: details,
            violations: choice & 4 == 0 ? [] : [FieldViolation(field: "a", description: "b")],
            form: form,
            profile: Self.profile(choice),
            hidesInternals: choice & 8 == 0,
            into: &output
        )
        // As a Value, everything that is JSON encodes.
        _ = self.messages.encoded(output, type: FuzzSchema.value)
    }

    private static func profile(_ choice: UInt8) -> JSONProfile {
        JSONProfile(
            names: choice & 2 == 0 ? .json : .original,
            defaults: choice & 4 == 0 ? .omit : .print,
            enums: choice & 8 == 0 ? .name : choice & 16 == 0 ? .number : .stripped,
            int64: choice & 32 == 0 ? .string : .number,
            pretty: choice & 64 != 0
        )
    }
}
