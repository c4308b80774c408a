/// How many bytes the aliases of a YAML text stand for, found before anything is parsed.
///
/// A few lines of anchors that hold aliases of each other stand for more text than any memory
/// holds. The node tree shares what it repeats, but the parser hashes keys whole, so the bound must
/// hold before it runs. The text is read for `&name` and `*name` alone: what stands in quotes or
/// comments counts too, so the result is never too small.
enum AliasBudget {
    /// The most bytes that the aliases of one file may stand for.
    static let maxBytes = 64 * 1024 * 1024

    /// What the scan found.
    enum Verdict: Equatable {
        case fine
        /// The aliases stand for more than `maxBytes`; the line of the alias that passed it.
        case tooLarge(line: Int)
        /// An anchor that aliases name is given twice, which makes its size unknown.
        case givenTwice(name: String, line: Int)
    }

    private struct Anchor {
        var position: Int
        /// The bytes of all aliases before the anchor.
        var expandedBefore: Int
        /// The size, known from the first alias on: the node has ended by then.
        var size: Int?
        var secondLine: Int?
    }

    /// Adds up what the aliases of `text` stand for.
    ///
    /// The size of an anchor is taken as everything from it to its first alias, including what the
    /// aliases between stand for.
    static func check(_ text: [UInt8]) -> Verdict {
        var anchors: [ArraySlice<UInt8>: Anchor] = [:]
        var expanded = 0
        var line = 1
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == 0x0A { line += 1 }
            guard byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") else { continue }
            let start = index
            while index < text.count, self.isNameByte(text[index]) { index += 1 }
            guard index > start else { continue }
            let name = text[start..<index]
            if byte == UInt8(ascii: "&") {
                if anchors[name] != nil {
                    anchors[name]?.secondLine = line
                } else {
                    anchors[name] = Anchor(position: start, expandedBefore: expanded)
                }
            } else if var anchor = anchors[name] {
                if let second = anchor.secondLine {
                    return .givenTwice(name: String(decoding: name, as: UTF8.self), line: second)
                }
                let size =
                    anchor.size ?? (start - anchor.position + expanded - anchor.expandedBefore)
                anchor.size = size
                anchors[name] = anchor
                expanded += size
                if expanded > self.maxBytes { return .tooLarge(line: line) }
            }
        }
        return .fine
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
