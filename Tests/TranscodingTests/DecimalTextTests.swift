internal import Testing

@testable internal import Transcoding

@Suite("Numbers in decimal")
struct DecimalTextTests {
    private static func bytes<R>(
        _ text: String,
        _ body: (UnsafeRawBufferPointer) -> R
    ) -> R {
        Array(text.utf8).withUnsafeBytes(body)
    }

    static let integers: [(String, String)] = [
        ("0", "0"), ("-0", "0"), ("1", "1"), ("-1", "-1"), ("1e18", "1000000000000000000"),
        ("18446744073709551615", "18446744073709551615"), ("18446744073709551616", "large"),
        ("18446744073709551615.0", "18446744073709551615"),
        (
            "184467440737095516150e-1",
            "18446744073709551615"
        ), ("1.5", "fraction"), ("1e-1", "fraction"), ("10e-1", "1"),
        ("0.0", "0"), ("0e999999999999999999999", "0"), ("1e999999999999999999999", "large"),
        ("1e-999999999999999999999", "fraction"), ("0.00001e5", "1"), ("123.450e2", "12345"),
        ("123.450e1", "fraction"), ("99999999999999999999.5", "fraction"), ("1E+2", "100"),
    ]

    @Test("integers are exact in every spelling, or refused", arguments: integers)
    func integer(_ text: String, _ wanted: String) {
        let found =
            switch Self.bytes(text, DecimalText.integer) {
            case .value(let isNegative, let magnitude):
                (isNegative && magnitude != 0 ? "-" : "") + "\(magnitude)"
            case .fraction: "fraction"
            case .tooLarge: "large"
            }
        #expect(found == wanted)
    }

    @Test("doubles and floats are the nearest ones", arguments: 1...4)
    func nearest(_ seed: UInt64) {
        var dice = RequestDice(state: seed)
        for _ in 0..<2000 {
            let digits = UInt64.random(
                in: 0...UInt64.max >> UInt64.random(in: 0...63, using: &dice),
                using: &dice
            )
            let exponent = Int.random(in: -60...60, using: &dice)
            let places = Int.random(in: 1...6, using: &dice)
            let fraction = Int.random(in: 0..<1_000_000, using: &dice)
            for text in [
                "\(digits)e\(exponent)", "-\(digits)", "\(digits % 100_000).\(fraction)",
                "\(digits).\(String(repeating: "7", count: places))e\(exponent)",
            ] {
                #expect(Self.bytes(text, DecimalText.double) == Double(text), "\(text)")
                #expect(Self.bytes(text, DecimalText.float) == Float(text), "\(text)")
            }
        }
        // Halfway between two floats by way of a double.
        #expect(Self.bytes("1.00000017881393432617187499", DecimalText.float) == 1.0000001)
        #expect(Self.bytes("-0.0", DecimalText.double).sign == .minus)
        #expect(Self.bytes("1e400", DecimalText.double) == .infinity)
    }

    static let numbers: [(String, Bool)] = [
        ("0", true), ("-0", true), ("10", true), ("1.5", true), ("1e5", true), ("1E-5", true),
        ("-1.5e+10", true), ("", false), ("-", false), ("01", false), ("+1", false), (".5", false),
        ("5.", false), ("1e", false), ("1e+", false), ("0x10", false), (" 1", false), ("1 ", false),
        ("1,0", false), ("NaN", false), ("1.5.5", false), ("--1", false),
    ]

    @Test("the grammar of JSON numbers", arguments: numbers)
    func grammar(_ text: String, _ isNumber: Bool) {
        #expect(Self.bytes(text, DecimalText.isNumber) == isNumber)
    }
}
