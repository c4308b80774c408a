internal import SwiftProtobuf
internal import Testing
internal import Transcoding

@testable internal import Schema

@Suite("DefaultValue: the text of a default")
struct DefaultValueTests {
    @Test(
        "integers up to their limits, also in C's radixes",
        arguments: [
            (.int32, "0", 0), (.int32, "2147483647", 2_147_483_647),
            (.sint32, "-2147483648", UInt64(bitPattern: -2_147_483_648)),
            (.sfixed32, "-1", .max), (.int32, "-0", 0),
            (.int64, "9223372036854775807", UInt64(Int64.max)),
            (.sint64, "-9223372036854775808", 1 << 63), (.sfixed64, "-2", .max - 1),
            (.uint32, "4294967295", 4_294_967_295), (.fixed32, "0xffFF", 65_535),
            (.uint64, "18446744073709551615", .max), (.fixed64, "017", 15),
            (.int32, "-0x80000000", UInt64(bitPattern: -2_147_483_648)),
            (.bool, "true", 1), (.bool, "false", 0),
        ] as [(FieldKind, String, UInt64)]
    )
    func integers(kind: FieldKind, text: String, bits: UInt64) {
        #expect(DefaultValue.bits(text, kind: kind) == bits)
    }

    @Test(
        "floats by bit pattern",
        arguments: [
            ("1.5", 1.5), ("-0", -0.0), ("1e3", 1000), ("1E-2", 0.01), ("inf", .infinity),
            ("-inf", -.infinity), ("9e9", 9e9), ("1e999", .infinity), ("+2", 2),
        ] as [(String, Double)]
    )
    func floats(text: String, value: Double) {
        #expect(DefaultValue.bits(text, kind: .double) == value.bitPattern)
        #expect(DefaultValue.bits(text, kind: .float) == UInt64(Float(value).bitPattern))
    }

    @Test("nan is one, with either sign")
    func nan() {
        for text in ["nan", "-nan"] {
            #expect(DefaultValue.bits(text, kind: .double) == Double.nan.bitPattern)
            #expect(DefaultValue.bits(text, kind: .float) == UInt64(Float.nan.bitPattern))
        }
    }

    @Test(
        "the first value outside, and what is no number, are none",
        arguments: [
            (.int32, "2147483648"), (.int32, "-2147483649"), (.uint32, "4294967296"),
            (.uint32, "-1"), (.int64, "9223372036854775808"), (.uint64, "18446744073709551616"),
            (.int32, ""), (.int32, "-"), (.int32, "+1"), (.int32, "--1"), (.int32, "-+1"),
            (.int32, "1 "), (.int32, "0x"), (.int32, "0x-1"), (.int32, "08"), (.int32, "1.0"),
            (.int32, "\u{661}"), (.float, ""), (.float, "e"), (.float, "infinity"),
            (.float, "0x1p3"),
            (.double, "1,5"), (.double, "Nan"), (.bool, "1"), (.bool, "True"), (.bool, ""),
            (.message, "1"), (.string, "1"),
        ] as [(FieldKind, String)]
    )
    func refused(kind: FieldKind, text: String) {
        #expect(DefaultValue.bits(text, kind: kind) == nil)
    }

    @Test(
        "C escapes become bytes",
        arguments: [
            ("", []), ("abc", [97, 98, 99]), (#"\a\b\f\n\r\t\v"#, [7, 8, 12, 10, 13, 9, 11]),
            (#"\\\"\'\?"#, [92, 34, 39, 63]), (#"\0\01\0018\377"#, [0, 1, 1, 56, 255]),
            (#"\x0\x41g\XfF"#, [0, 65, 103, 255]), ("\u{e9}", [0xc3, 0xa9]),
        ] as [(String, [UInt8])]
    )
    func escapes(text: String, bytes: [UInt8]) {
        #expect(DefaultValue.unescaped(text) == bytes)
    }

    @Test(
        "a broken escape is none",
        arguments: [#"\"#, #"a\"#, #"\8"#, #"\x"#, #"\xg"#, #"\400"#, #"\q"#]
    )
    func brokenEscapes(text: String) {
        #expect(DefaultValue.unescaped(text) == nil)
    }

    @Test("defaults reach the tables, an enum's first value where none is given")
    func inTables() throws {
        var file = Descriptors.file(
            "t.proto",
            syntax: "proto2",
            Descriptors.message(
                "M",
                Descriptors.field("e", 1, .enum, typeName: ".t.M.E", default: "MINUS"),
                Descriptors.field("first", 2, .enum, typeName: ".t.M.E"),
                Descriptors.field("list", 3, .enum, typeName: ".t.M.E", label: .repeated),
                Descriptors.field("s", 4, .string, default: #"as\n it is"#),
                Descriptors.field("b", 5, .bytes, default: #"\001\n"#),
                Descriptors.field("i", 6, .int32, default: "-7")
            )
        )
        file.messageType[0].enumType = [Descriptors.enumeration("E", ("FIVE", 5), ("MINUS", -1))]
        let schema = try Schema.link([try Descriptors.set(file)])
        let bits = try schema.fields(of: "t.M").map { Int64(bitPattern: $0.defaultBits) }
        #expect(bits == [-1, 5, 0, 0, 0, -7])
        #expect(schema.defaultBytes(try schema.field("s", of: "t.M")) == #"as\n it is"#)
        #expect(schema.defaultBytes(try schema.field("b", of: "t.M")) == "\u{1}\n")
    }
}
