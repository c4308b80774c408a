/// Private-use characters put in front of keys that are given twice, so that the text composes.
///
/// Each insertion has a character of its own (a key may be given three times), and the columns
/// behind it in its line are set right again.
struct DuplicateMarks {
    private struct Insertion {
        var line: Int
        /// The column, from 1, that the inserted character has.
        var column: Int
    }

    /// Plane 15, which is private use; YAML allows it (section 5.1).
    private static let firstMark: UInt32 = 0xF0000

    private var insertions: [Insertion] = []

    var count: Int { self.insertions.count }

    /// Marks the key at a place.
    ///
    /// - Parameters:
    ///   - text: the text with the marks so far.
    ///   - line: the key's line from 1.
    ///   - column: the key's column from 1, in scalars.
    /// - Returns: the marked text; nil when no plain or quoted key begins there.
    mutating func insert(into text: String, line: Int, column: Int) -> String? {
        guard let mark = Unicode.Scalar(Self.firstMark + UInt32(self.insertions.count)) else {
            return nil
        }
        var scalars = text.unicodeScalars
        guard var index = Self.index(in: scalars, line: line, column: column) else { return nil }
        var markColumn = column
        switch scalars[index] {
        case "&", "!", "*", "?", "[", "{", "|", ">": return nil
        case "\"", "'":
            index = scalars.index(after: index)
            markColumn += 1
        default: break
        }
        scalars.insert(mark, at: index)
        self.insertions.append(Insertion(line: line, column: markColumn))
        return String(scalars)
    }

    /// The column that a place of the marked text has in the original.
    func originalColumn(line: Int, column: Int) -> Int {
        var column = column
        for insertion in self.insertions.reversed()
        where insertion.line == line && insertion.column < column {
            column -= 1
        }
        return column
    }

    /// `key` without its mark.
    func removing(from key: String) -> String {
        guard let first = key.unicodeScalars.first,
            first.value >= Self.firstMark,
            first.value < Self.firstMark + UInt32(self.insertions.count)
        else { return key }
        return String(key.unicodeScalars.dropFirst())
    }

    /// The scalar at a place, lines being broken as libyaml breaks them (YAML 1.1, section 5.4).
    private static func index(
        in scalars: String.UnicodeScalarView,
        line: Int,
        column: Int
    ) -> String.UnicodeScalarView.Index? {
        var currentLine = 1
        var currentColumn = 1
        var index = scalars.startIndex
        while index < scalars.endIndex {
            if currentLine == line, currentColumn == column { return index }
            let scalar = scalars[index]
            index = scalars.index(after: index)
            switch scalar {
            case "\r" where index < scalars.endIndex && scalars[index] == "\n":
                currentColumn += 1
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                currentLine += 1
                currentColumn = 1
            default:
                currentColumn += 1
            }
        }
        return nil
    }
}
