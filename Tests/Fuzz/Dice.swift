/// Choices that an input makes: its bytes one after the other, zeros behind them.
final class Dice {
    private let bytes: [UInt8]
    private var next = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isSpent: Bool { self.next == self.bytes.count }

    /// A number from 0 up to `sides`.
    func roll(_ sides: Int) -> Int {
        guard !self.isSpent else { return 0 }
        defer { self.next += 1 }
        return Int(self.bytes[self.next]) % sides
    }
}
