internal import Bytes

/// One field alone (`response_body`).
extension MessagePrinter {
    /// Prints the field that a path of indices into `TypeTables.fields` leads to.
    mutating func printField(
        _ steps: [Int32],
        of type: Int32,
        _ segment: WireSegment,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        var type = type
        var segment = segment
        var depth = 1
        for (position, step) in steps.enumerated() {
            let message = self.tables.messages + Int(type)
            let index = Int(step) &- Int(message.pointee.firstField)
            precondition(
                index >= 0 && index < Int(message.pointee.fieldCount),
                "a field path belongs to another type"
            )
            let field = self.tables.fields + Int(step)
            let chains = try self.index(message, segment)
            let chain = self.scratch.chains[chains &+ index]
            guard position < steps.count &- 1 else {
                try self.printBare(chain, of: field, depth: depth, to: &output)
                return
            }
            if chain.first == PrinterScratch.none {
                // Nothing is set within what is not there.
                segment = WireSegment(start: segment.start, end: segment.start)
            } else {
                segment = WireSegment(self.scratch.occurrences[Int(chain.first)])
            }
            type = field.pointee.typeIndex
            depth &+= 1
        }
    }

    private mutating func printBare(
        _ chain: FieldChain,
        of field: UnsafePointer<FieldEntry>,
        depth: Int,
        to output: inout OutputBuffer
    ) throws(PrinterFault) {
        var progress = PrinterProgress(isBare: true)
        if chain.first != PrinterScratch.none {
            try self.printChain(chain, of: field, depth: depth, &progress, to: &output)
        } else if field.pointee.shape != .singular {
            self.printEmpty(field, &progress, to: &output)
        } else if field.pointee.flags.contains(.presence) || field.pointee.kind.isMessage {
            output.append("null")
        } else {
            self.printDefaultValue(of: field, to: &output)
        }
    }
}
