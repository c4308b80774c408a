public import Bytes

/// Prints protobuf messages of a backend as ProtoJSON, straight from the wire bytes into a buffer.
///
/// One printer belongs to one event loop and is used for one message after the other; it keeps the
/// memory that it needs between them. The wire may hold what encoders never write but may:
/// fields in any order, repeated ones interleaved, singular ones several times (the last counts,
/// messages merge), map entries without key or value. Unknown fields are passed over.
public final class ResponsePrinter {
    let tables: TypeTables
    let limits: TranscodingLimits
    var scratch = PrinterScratch()

    /// Makes a printer for the types of `tables`, which should be the event loop's own copy.
    public init(tables: TypeTables, limits: TranscodingLimits = TranscodingLimits()) {
        self.tables = tables
        self.limits = limits
    }

    /// Appends a message as JSON.
    ///
    /// What would exceed the buffer's limit is an error as well: `isOverLimit` is then set.
    ///
    /// - Parameters:
    ///   - message: the message as it came, without gRPC's prefix; below 4 GiB.
    ///   - type: its type, an index into `TypeTables.messages`.
    ///   - profile: how it is written.
    ///   - field: the field to print instead of the whole message (`response_body`). One that is
    ///     not set is `[]`, `{}` for a map, its default if it is a scalar without presence, else
    ///     `null`.
    ///   - output: where it is appended; unchanged after an error.
    /// - Throws: an error of kind `.backend`.
    public func print(
        _ message: UnsafeRawBufferPointer,
        type: Int32,
        profile: JSONProfile = .standard,
        field: FieldPath? = nil,
        into output: inout OutputBuffer
    ) throws(TranscodingError) {
        let start = output.count
        do throws(PrinterFault) {
            guard message.count < Int(UInt32.max) else { throw PrinterFault(.tooLarge, at: 0) }
            do throws(PrinterFault) {
                try self.run(message, type, profile, field, isIndexed: false, into: &output)
            } catch {
                // Not only `disordered`: what is wrong with one value may be of no account, because
                // another one follows, which only the index tells.
                guard error.reason != .overLimit else { throw error }
                output.truncate(to: start)
                try self.run(message, type, profile, field, isIndexed: true, into: &output)
            }
            guard !output.isOverLimit else { throw PrinterFault(.overLimit, at: message.count) }
        } catch {
            output.truncate(to: start)
            throw self.describe(error, type)
        }
    }

    /// Prints in one of the two ways (see `MessagePrinter`).
    func run(
        _ message: UnsafeRawBufferPointer,
        _ type: Int32,
        _ profile: JSONProfile,
        _ field: FieldPath?,
        isIndexed: Bool,
        into output: inout OutputBuffer
    ) throws(PrinterFault) {
        try self.withPrinter(message, profile, isIndexed: isIndexed, &output) {
            (printer, output) throws(PrinterFault) in
            let whole = WireSegment(start: 0, end: message.count)
            guard let field else {
                try printer.printMessage(type, whole, depth: 1, to: &output)
                return
            }
            try printer.printField(field.steps, of: type, whole, to: &output)
        }
    }

    /// Calls `body` with a printer of `source`, which uses this one's scratch memory.
    func withPrinter<Result>(
        _ source: UnsafeRawBufferPointer,
        _ profile: JSONProfile,
        isIndexed: Bool,
        _ output: inout OutputBuffer,
        _ body: (
            inout MessagePrinter,
            inout OutputBuffer
        ) throws(PrinterFault) -> Result
    ) throws(PrinterFault) -> Result {
        try self.tables.withView { tables throws(PrinterFault) in
            var printer = MessagePrinter(
                source: WireSource(source),
                tables: tables,
                depthLimit: self.limits.depth,
                profile: profile,
                isIndexed: isIndexed,
                scratch: PrinterScratch()
            )
            swap(&printer.scratch, &self.scratch)
            defer {
                printer.scratch.reset()
                swap(&printer.scratch, &self.scratch)
            }
            return try body(&printer, &output)
        }
    }

    private func describe(_ fault: PrinterFault, _ type: Int32) -> TranscodingError {
        let name = self.tables.string(self.tables.messages[Int(type)].fullName)
        return TranscodingError(
            .backend,
            "the backend's \(name) cannot be written as JSON: \(fault.description)"
        )
    }
}
