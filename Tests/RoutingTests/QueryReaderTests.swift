internal import Routing
internal import Testing

@Suite("QueryReader")
struct QueryReaderTests {
    private func pairs(_ query: String, limit: Int = 1000) throws -> [String] {
        var reader = QueryReader(limit: limit)
        return try self.pairs(query, &reader)
    }

    private func pairs(_ query: String, _ reader: inout QueryReader) throws -> [String] {
        try withBytes(query) { bytes in
            reader.start(bytes)
            var pairs: [QueryReader.Pair] = []
            while let pair = try reader.next() { pairs.append(pair) }
            // Read at the end, so that a pair that moved would show.
            return pairs.map {
                String(decoding: $0.name, as: UTF8.self) + "|"
                    + String(decoding: $0.value, as: UTF8.self)
            }
        }
    }

    @Test(
        "a query is read into decoded pairs",
        arguments: [
            ("", []),
            ("&&", []),
            ("a=1", ["a|1"]),
            ("a", ["a|"]),
            ("a=", ["a|"]),
            ("=1", ["|1"]),
            ("=", ["|"]),
            ("a&b=2", ["a|", "b|2"]),
            ("&a=1&&b=2&", ["a|1", "b|2"]),
            ("a=b=c", ["a|b=c"]),
            ("a+b=c+d%2B", ["a b|c d+"]),
            ("a%5Fb=%26%3D%25", ["a_b|&=%"]),
            ("a=1;b=2", ["a|1;b=2"]),
            ("m%5Bk%5D=v&m[k]=w", ["m[k]|v", "m[k]|w"]),
            ("s=%E4%B8%96&t=a%00b", ["s|\u{4E16}", "t|a\0b"]),
            ("a?b=c?d/e", ["a?b|c?d/e"]),
        ]
    )
    func reads(query: String, expected: [String]) throws {
        #expect(try self.pairs(query) == expected)
    }

    @Test(
        "a broken escape is an error with its place",
        arguments: [("%", 0), ("a=%2", 2), ("a=1&b=%zz", 6), ("a%=1", 1), ("a=b%2&c=d", 3)]
    )
    func broken(query: String, offset: Int) {
        let error = #expect(throws: QueryError.self) { try self.pairs(query) }
        #expect(error == QueryError(kind: .brokenEscape, offset: offset))
    }

    @Test("the number of pairs is bounded")
    func bounded() throws {
        #expect(try self.pairs("a&b", limit: 3).count == 2)
        #expect(try self.pairs("a&b&c&&", limit: 3).count == 3)
        let error = #expect(throws: QueryError.self) { try self.pairs("a&b&c&d", limit: 3) }
        #expect(error == QueryError(kind: .tooManyPairs(3), offset: 6))
        #expect(error?.description == "column 7: expected at most 3 pairs, found more")
    }

    @Test("a reader is used again, after an error and after a big form")
    func reuse() throws {
        var reader = QueryReader()
        #expect(throws: QueryError.self) { try self.pairs("a=%", &reader) }
        #expect(try self.pairs("a=1", &reader) == ["a|1"])
        let big = String(repeating: "x", count: 200_000)
        #expect(try self.pairs("a=\(big)&b=2", &reader) == ["a|\(big)", "b|2"])
        #expect(try self.pairs("a=1&b=2", &reader) == ["a|1", "b|2"])
    }
}
