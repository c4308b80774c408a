internal import Bytes
internal import GRPC
internal import Testing

@Suite("Metadata")
struct MetadataTests {
    static func append(_ list: inout MetadataList, _ name: String, _ value: String) -> Bool {
        let (name, value) = (Array(name.utf8), Array(value.utf8))
        return name.withUnsafeBytes { name in
            value.withUnsafeBytes { value in list.append(name: name, value: value) }
        }
    }

    static func text(_ bytes: UnsafeRawBufferPointer?) -> String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("entries keep their order and are found by name")
    func entries() {
        var list = MetadataList()
        for round in 0..<3 {
            #expect(Self.append(&list, "a", "1"))
            #expect(Self.append(&list, "grpc-status", "\(round)"))
            #expect(Self.append(&list, "a", ""))
            let count = list.count
            #expect(count == 3)
            let names = (0..<3).map { Self.text(list.name(at: $0)) }
            #expect(names == ["a", "grpc-status", "a"])
            let values = (0..<3).map { Self.text(list.value(at: $0)) }
            #expect(values == ["1", "\(round)", ""])
            let found = [Self.text(list.first("a")), Self.text(list.first("grpc-status"))]
            #expect(found == ["1", "\(round)"])
            let (second, none, third) = (
                list.index(of: "a", from: 1), list.first("b") == nil, list.index(of: "a", from: 3)
            )
            #expect(second == 2 && none && third == nil)
            list.removeAll()
            let isEmpty = list.isEmpty
            #expect(isEmpty)
        }
    }

    @Test("count and bytes are bounded: at, one below, one above")
    func limits() {
        var list = MetadataList(maximumCount: 2, maximumBytes: 10)
        #expect(Self.append(&list, "ab", "cdefghi"))
        #expect(!Self.append(&list, "a", "b"))
        #expect(Self.append(&list, "a", ""))
        #expect(!Self.append(&list, "", ""))
        let count = list.count
        #expect(count == 2)
        let last = Self.text(list.name(at: 1))
        #expect(last == "a")
        list.removeAll()
        #expect(Self.append(&list, "0123456789", ""))
        list.removeAll()
        #expect(!Self.append(&list, "0123456789", "a"))
    }

    @Test(
        "-bin values are read padded or not, in both alphabets",
        arguments: [
            ("AQID", [1, 2, 3]), ("AQI=", [1, 2]), ("AQI", [1, 2]), ("AQ==", [1]), ("AQ", [1]),
            ("", []), (" AQ\t", [1]), ("-_-_", [251, 255, 191]), ("+/+/", [251, 255, 191]),
            ("A", nil), ("AQ$=", nil), ("A Q", nil),
        ] as [(String, [UInt8]?)]
    )
    func binary(text: String, bytes: [UInt8]?) {
        var output = OutputBuffer()
        let isValid = text.withBytes { BinaryHeader.decode($0, into: &output) }
        #expect(isValid == (bytes != nil))
        #expect(output.bytes() == bytes ?? [])
    }

    @Test("lists are split at commas and written without padding")
    func lists() {
        let elements = "AQ==, AQI ,,AQID".withBytes { bytes in
            var list: UnsafeRawBufferPointer? = bytes
            var elements: [String] = []
            while let element = BinaryHeader.next(&list) {
                elements.append(String(decoding: element, as: UTF8.self))
            }
            return elements
        }
        #expect(elements == ["AQ==", " AQI ", "", "AQID"])
        let text = written { output in
            [UInt8]([1]).withUnsafeBytes { BinaryHeader.append($0, to: &output) }
        }
        #expect(text == "AQ")
    }
}
