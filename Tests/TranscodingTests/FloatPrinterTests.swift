internal import Bytes
internal import Testing

@testable internal import Transcoding

@Suite("FloatPrinter")
struct FloatPrinterTests {
    private func text(_ value: Double) -> String {
        var output = OutputBuffer()
        FloatPrinter.append(value, to: &output)
        return String(decoding: output.bytes(), as: UTF8.self)
    }

    private func text(_ value: Float) -> String {
        var output = OutputBuffer()
        FloatPrinter.append(value, to: &output)
        return String(decoding: output.bytes(), as: UTF8.self)
    }

    @Test(
        "known doubles",
        arguments: [
            (0, "0"), (-0.0, "-0"), (1, "1"), (-1, "-1"), (0.5, "0.5"), (100, "100"), (0.1, "0.1"),
            (1.05, "1.05"), (12.0301, "12.0301"), (0.001, "0.001"), (0.00123, "0.00123"),
            (52.5163, "52.5163"), (9_007_199_254_740_991, "9007199254740991"),
            (123_456_789.125, "123456789.125"), (.nan, "\"NaN\""), (-.nan, "\"NaN\""),
            (.infinity, "\"Infinity\""), (-.infinity, "\"-Infinity\""),
            (0.1 + 0.2, "0.30000000000000004"), (99_999_999_999_999.5, "99999999999999.5"),
        ] as [(Double, String)]
    )
    func doubles(value: Double, expected: String) {
        #expect(self.text(value) == expected)
    }

    @Test(
        "known floats",
        arguments: [
            (0, "0"), (-0.0, "-0"), (0.1, "0.1"), (16_777_215, "16777215"), (0.3, "0.3"),
            (99_999.5, "99999.5"), (3.25, "3.25"), (.nan, "\"NaN\""), (-.infinity, "\"-Infinity\""),
        ] as [(Float, String)]
    )
    func floats(value: Float, expected: String) {
        #expect(self.text(value) == expected)
    }

    private func significantDigits(_ text: String) -> Int {
        let mantissa = text.prefix { $0 != "e" }.filter(\.isNumber)
        let digits = String(mantissa.drop { $0 == "0" }.reversed().drop { $0 == "0" })
        return digits.count
    }

    @Test("each reads back as itself and is as short as the standard library's")
    func shortest() {
        var state: UInt64 = 0x1234_5678_9ABC_DEF1
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        for round in 0..<10_000 {
            var value = Double(bitPattern: next())
            // Decimals as people write them, and integers of every size.
            if round % 4 == 1 { value = Double(next() % 1_000_000_000) / 1e4 }
            if round % 4 == 2 { value = Double(next() >> (next() % 60)) / 1000 }
            if round % 4 == 3 { value = -Double(next() >> (next() % 64)) }
            // All bits set at random, of a size as measurements have.
            if round % 8 == 0 { value = Double(next() >> 11) / Double(1 << (next() % 64)) }
            guard value.isFinite else { continue }
            let text = self.text(value)
            #expect(Double(text) == value)
            #expect(self.significantDigits(text) == self.significantDigits(value.description))
            #expect(ResponseJSONValue(text.utf8) == .number(text))

            var single = Float(bitPattern: UInt32(truncatingIfNeeded: next()))
            if round % 2 == 1 { single = Float(next() % 1_000_000) / 100 }
            guard single.isFinite else { continue }
            let singleText = self.text(single)
            #expect(Float(singleText) == single)
            #expect(
                self.significantDigits(singleText) == self.significantDigits(single.description)
            )
        }
    }

    @Test("the ends of the types, and around the powers of ten")
    func ends() {
        var values: [Double] = [
            .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, .pi, .ulpOfOne,
        ]
        var power = 1e-8
        while power < 1e23 {
            values += [power, power.nextUp, power.nextDown]
            power *= 10
        }
        for exponent in -70...70 {
            let power = Double(sign: .plus, exponent: exponent, significand: 1)
            values += [power, power.nextUp, power.nextDown]
        }
        for value in values {
            #expect(Double(self.text(value)) == value)
            #expect(Double(self.text(-value)) == -value)
            let length = self.significantDigits(self.text(value))
            #expect(length == self.significantDigits(value.description))
            guard Float(value).isFinite else { continue }
            #expect(Float(self.text(Float(value))) == Float(value))
        }
    }
}

@Suite("StringPrinter")
struct StringPrinterTests {
    private func printed(_ bytes: [UInt8], repairs: Bool = false) -> String? {
        var output = OutputBuffer()
        let isValid = bytes.withUnsafeBytes {
            StringPrinter.append($0, repairs: repairs, to: &output)
        }
        return isValid ? String(decoding: output.bytes(), as: UTF8.self) : nil
    }

    @Test("every byte is plain, escaped or refused, at every place of a word")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<20 {
                let front = [UInt8](repeating: 0x61, count: place)
                for back in [0, 3, 11] {
                    let bytes = front + [byte] + [UInt8](repeating: 0x62, count: back)
                    let text = self.printed(bytes)
                    guard byte < 0x80 else {
                        #expect(text == nil)
                        #expect(self.printed(bytes, repairs: true)?.contains("\u{FFFD}") == true)
                        continue
                    }
                    let expected = ResponseJSONValue.string(String(decoding: bytes, as: UTF8.self))
                    #expect(text.flatMap { ResponseJSONValue($0.utf8) } == expected)
                }
            }
        }
    }

    @Test("escapes are the short ones where JSON has them")
    func escapes() {
        let text = "\"\\\u{8}\u{9}\u{A}\u{C}\u{D}\u{0}\u{1F}\u{7F}/é€\u{1F600}"
        let json = #""\"\\\b\t\n\f\r\u0000\u001f\#u{7F}/é€\#u{1F600}""#
        #expect(self.printed(Array(text.utf8)) == json)
        #expect(self.printed([]) == "\"\"")
    }
}
