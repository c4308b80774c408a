internal import HTTPMessages
internal import Testing

@Suite("field names")
struct FieldNameTests {
    @Test("each name is found by its text, and by no other", arguments: FieldName.allCases)
    func roundTrip(_ name: FieldName) {
        let bytes = latin1(name.text.description)
        #expect(bytes.withUnsafeBytes { FieldName.of($0) } == name)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect(changed.withUnsafeBytes { FieldName.of($0) } == .other)
        }
        let longer = bytes + [UInt8(ascii: "x")]
        #expect(longer.withUnsafeBytes { FieldName.of($0) } == .other)
        #expect(bytes.dropLast().withUnsafeBytes { FieldName.of($0) } == .other)
    }

    @Test("a bit of a 64-bit word is left for each name")
    func count() {
        #expect(FieldName.allCases.count <= 64)
        #expect(FieldName.allCases.map(\.text.description).allSatisfy { $0.utf8.count <= 32 })
    }

    @Test("names that no list has are other", arguments: ["", "x", "x-tenant", "content-lengthy"])
    func unknown(_ name: String) {
        #expect(latin1(name).withUnsafeBytes { FieldName.of($0) } == .other)
    }

    @Test("what may not come in trailers")
    func trailers() {
        #expect(FieldName.contentLength.isForbiddenInTrailers)
        #expect(FieldName.transferEncoding.isForbiddenInTrailers)
        #expect(FieldName.host.isForbiddenInTrailers)
        #expect(FieldName.authorization.isForbiddenInTrailers)
        #expect(!FieldName.other.isForbiddenInTrailers)
        #expect(!FieldName.xRequestID.isForbiddenInTrailers)
    }
}
