/// Finds the known name that a misspelt one most likely stands for, for error texts.
public enum NearestName {
    /// Names longer than this, in bytes, are not compared: they are no slips of a hand.
    private static let longest = 256

    /// The candidate with the fewest edits from `name`, or nil when none is near.
    ///
    /// An edit inserts, drops or changes a byte or swaps two neighbours (optimal string alignment);
    /// the case of ASCII letters counts for nothing, except between candidates that are equally
    /// near. Near means at most a third of the name's bytes (one of two), and at most four. Of equals
    /// the first wins. The cost is bounded by four rows of each candidate of about the name's length.
    public static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.utf8)
        guard !wanted.isEmpty, wanted.count <= self.longest else { return nil }
        // One edit turns any letter into any other: a name of one byte says nothing.
        var most = wanted.count == 1 ? 0 : min(max(wanted.count / 3, 1), 4)
        let folded = wanted.map(self.folded)
        var best: String?
        var bestExact = Int.max
        var bestFolded = Int.max
        for candidate in candidates {
            let bytes = Array(candidate.utf8)
            guard bytes.count <= self.longest, abs(bytes.count - wanted.count) <= most else {
                continue
            }
            guard let edits = self.edits(folded, bytes.map(self.folded), most: most) else {
                continue
            }
            // Between equally near ones, the spelling with its case decides.
            let exact = self.edits(wanted, bytes, most: self.longest) ?? .max
            guard edits < bestFolded || edits == bestFolded && exact < bestExact else { continue }
            best = candidate
            bestFolded = edits
            bestExact = exact
            most = edits
        }
        return best
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A") <= byte && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    /// The number of edits between two names, nil when they are more than `most`.
    private static func edits(_ left: [UInt8], _ right: [UInt8], most: Int) -> Int? {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        var row = last
        for (line, byte) in left.enumerated() {
            row[0] = line + 1
            var least = row[0]
            for (column, other) in right.enumerated() {
                var edits = min(
                    last[column] + (byte == other ? 0 : 1),
                    last[column + 1] + 1,
                    row[column] + 1
                )
                let isSwap =
                    line > 0 && column > 0 && byte == right[column - 1]
                    && left[line - 1] == other
                if isSwap { edits = min(edits, beforeLast[column - 1] + 1) }
                row[column + 1] = edits
                least = min(least, edits)
            }
            // A swap reaches back two rows, so one more than `most` may still come down.
            guard least <= most + 1 else { return nil }
            (beforeLast, last, row) = (last, row, beforeLast)
        }
        let edits = last[right.count]
        return edits <= most ? edits : nil
    }
}
