internal import Bytes
internal import Exchanges
internal import Testing
internal import Transcoding

@Suite("Header fields over the answer")
struct FieldTextPrinterTests {
    private func line(
        _ field: String,
        of message: [UInt8],
        around text: String = "/v1/"
    ) throws
        -> String
    {
        let tables = try TestTypes.tables()
        let type = try #require(tables.message(named: "t.Answer"))
        let path = try FieldPath.resolve(field, in: type, tables: tables, use: .capture)
        let printer = FieldTextPrinter(responses: ResponsePrinter(tables: tables))
        let template = FieldTemplate(
            name: "location",
            parts: [.text(Array(text.utf8)), .field(path), .text(Array("/x".utf8))]
        )
        var head = OutputBuffer()
        for _ in 0..<2 {
            head.removeAll()
            message.withUnsafeBytes { printer.append(template, message: $0, type: type, to: &head) }
        }
        return head.text()
    }

    @Test(
        "a field's text is its JSON without quotes, percent-encoded",
        arguments: [
            ("id", Wire.string(1, "42"), "42"),
            ("id", [], ""),
            ("id", Wire.string(1, "a/b c?d#e%f"), "a%2Fb%20c%3Fd%23e%25f"),
            ("id", Wire.string(1, "null"), "null"),
            ("id", Wire.string(1, "caf\u{e9}"), "caf%C3%A9"),
            ("big", Wire.varint(2, .max), "-1"),
            ("big", [], "0"),
            ("kind", Wire.varint(3, 1), "ADMIN"),
            ("kind", Wire.varint(3, 7), "7"),
            ("at", Wire.bytes(4, Wire.varint(1, 1)), "1970-01-01T00%3A00%3A01Z"),
            ("raw", Wire.bytes(5, [0xFB, 0xFF]), "%2B%2F8%3D"),
            ("inner.name", Wire.bytes(6, Wire.string(1, "n")), "n"),
            ("inner.name", [], ""),
            ("maybe", Wire.string(7, ""), ""),
            ("flag", Wire.varint(8, 1), "true"),
            ("wrapped", Wire.bytes(10, Wire.string(1, "w")), "w"),
        ]
    )
    func texts(field: String, message: [UInt8], expected: String) throws {
        #expect(try self.line(field, of: message) == "location: /v1/\(expected)/x\r\n")
    }

    @Test("every character of a string comes back from its JSON escape")
    func escapes() throws {
        for byte in UInt8(0)..<0x80 {
            let line = try self.line("id", of: Wire.bytes(1, [0x61, byte, 0x62]))
            var expected = OutputBuffer()
            let isUnreserved =
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
                }
            if isUnreserved {
                expected.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                expected.append([0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
            #expect(line == "location: /v1/a\(expected.text())b/x\r\n")
        }
    }

    @Test(
        "a field that cannot be told leaves the header out",
        arguments: [
            // Not set.
            ("at", [UInt8]()), ("wrapped", []), ("maybe", []),
            // Not UTF-8; not a message; a time out of range.
            ("id", Wire.bytes(1, [0xFF])), ("id", [0xFF]),
            ("at", Wire.bytes(4, Wire.varint(1, UInt64(Int64.max)))),
            // Longer than a head should carry.
            ("id", Wire.string(1, String(repeating: "x", count: 9000))),
            ("id", Wire.string(1, String(repeating: "%", count: 3000))),
        ]
    )
    func leftOut(field: String, message: [UInt8]) throws {
        #expect(try self.line(field, of: message).isEmpty)
    }

    @Test("a text of the route is written as it is")
    func text() throws {
        let line = try self.line("id", of: [], around: "<a b>; \"c\" ")
        #expect(line == "location: <a b>; \"c\" /x\r\n")
    }
}
