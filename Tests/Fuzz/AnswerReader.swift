internal import HTTPMessages

/// Reads the answers of a connection that were made by a `DicedReceiver`, strictly.
struct AnswerReader {
    private let bytes: [UInt8]
    /// Whether the last answer may lack its end.
    private let isCut: Bool
    private var place = 0

    init(_ bytes: [UInt8], isCut: Bool) {
        self.bytes = bytes
        self.isCut = isCut
    }

    private enum Framing {
        case length(Int)
        case chunked
        case untilClose
    }

    /// How many whole answers there are, which must be numbered from 1.
    mutating func read() -> Int {
        var count = 0
        var isLast = false
        var wasInvited = false
        while self.place < self.bytes.count {
            claim(!isLast, "bytes behind the last answer")
            guard let lines = self.head() else { return count }
            if lines[0].contains(" 100 ") {
                claim(lines.count == 1 && !wasInvited, "two invitations for one body")
                wasInvited = true
                continue
            }
            wasInvited = false
            claim(lines.contains("x-number: \(count + 1)"), "not the \(count + 1)th: \(lines)")
            isLast = lines.contains("connection: close") || lines[0].contains(" 101 ")
            guard self.body(Self.framing(lines), letter: UInt8(97 + (count + 1) % 26)) else {
                claim(self.isCut, "an answer that is not whole: \(lines)")
                return count
            }
            count += 1
        }
        return count
    }

    private static func framing(_ lines: [String]) -> Framing {
        if lines.contains("transfer-encoding: chunked") { return .chunked }
        for line in lines where line.hasPrefix("content-length: ") {
            return .length(Int(line.dropFirst(16)) ?? -1)
        }
        return .untilClose
    }

    /// The lines of the next head; nil if it is not whole.
    private mutating func head() -> [String]? {
        var lines: [String] = []
        while let line = self.line() {
            guard !line.isEmpty else { return lines }
            claim(!lines.isEmpty || line.hasPrefix("HTTP/1.1 "), "no status line: \(line)")
            lines.append(line)
        }
        claim(self.isCut, "a head that is not whole: \(lines)")
        return nil
    }

    private mutating func line() -> String? {
        guard let end = self.bytes[self.place...].firstIndex(of: UInt8(ascii: "\n")) else {
            return nil
        }
        claim(end > self.place && self.bytes[end - 1] == UInt8(ascii: "\r"), "a bare LF")
        defer { self.place = end + 1 }
        return String(decoding: self.bytes[self.place..<(end - 1)], as: UTF8.self)
    }

    /// Takes a body of nothing but `letter`; whether it is whole.
    private mutating func body(_ framing: Framing, letter: UInt8) -> Bool {
        switch framing {
        case .length(let count): return self.take(count, letter)
        case .untilClose: return self.take(self.bytes.count - self.place, letter)
        case .chunked:
            while let line = self.line() {
                guard let size = Int(line, radix: 16) else {
                    claim(false, "a chunk size of '\(line)'")
                    return false
                }
                if size == 0 {
                    while let trailer = self.line() {
                        guard !trailer.isEmpty else { return true }
                        claim(trailer == "x-trailer: 1", "a trailer '\(trailer)'")
                    }
                    return false
                }
                guard self.take(size, letter) else { return false }
                guard let end = self.line() else { return false }
                claim(end.isEmpty, "'\(end)' behind a chunk")
            }
            return false
        }
    }

    private mutating func take(_ count: Int, _ letter: UInt8) -> Bool {
        claim(count >= 0, "a length that is no number")
        let piece = self.bytes[self.place...].prefix(count)
        claim(piece.allSatisfy { $0 == letter }, "bytes of another answer")
        self.place += piece.count
        return piece.count == count
    }
}
