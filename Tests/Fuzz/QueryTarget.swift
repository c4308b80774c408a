internal import Bytes
internal import Routing
internal import Transcoding

/// Queries and forms: they are read as a slow reader reads them, and what they bind prints again.
final class QueryTarget: FuzzTarget {
    private let messages = MessageRoundTrip()
    private let values = BindingValues()
    private var reader = QueryReader(limit: 64)

    func run(_ input: UnsafeRawBufferPointer) {
        guard let first = input.first else { return }
        let query = input.rest(from: 1)
        self.percentCoding(query)
        guard self.read(query) else { return }
        let isForm = first & 1 == 1
        var binding = RequestBinding(
            inputType: first & 2 == 0 ? FuzzSchema.open : FuzzSchema.closed,
            body: isForm ? .whole : .none
        )
        binding.refusesUnknownQuery = first & 4 == 0
        self.values.removeAll()
        self.reader.start(query)
        while let pair = try? self.reader.next() {
            if isForm {
                self.values.add(formName: pair.name, value: pair.value)
            } else {
                self.values.add(queryName: pair.name, value: pair.value)
            }
        }
        self.messages.check(
            binding,
            body: UnsafeRawBufferPointer(start: nil, count: 0),
            format: isForm ? .form : .json,
            values: self.values
        )
    }

    /// Compares the reader with one that splits and decodes arrays; whether the query is sound.
    private func read(_ query: UnsafeRawBufferPointer) -> Bool {
        var expected: [([UInt8], [UInt8])]? = []
        for part in query.split(separator: UInt8(ascii: "&")) {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = Self.decoded(Array(part[..<equals]))
            let value = Self.decoded(Array(part[equals...].dropFirst()))
            guard let name, let value else {
                expected = nil
                break
            }
            expected?.append((name, value))
            if expected?.count ?? 0 > 64 {
                expected = nil
                break
            }
        }
        var found: [([UInt8], [UInt8])]? = []
        self.reader.start(query)
        do throws(QueryError) {
            while let pair = try self.reader.next() {
                found?.append((Array(pair.name), Array(pair.value)))
            }
        } catch {
            claim(error.offset < query.count, "an error behind the end: \(error)")
            found = nil
        }
        let isSame: Bool =
            switch (expected, found) {
            case (nil, nil): true
            case (let one?, let other?): one.elementsEqual(other) { $0.0 == $1.0 && $0.1 == $1.1 }
            default: false
            }
        claim(
            isSame,
            "expected \(String(describing: expected)), found \(String(describing: found))"
        )
        return found != nil
    }

    private static func decoded(_ text: [UInt8]) -> [UInt8]? {
        var rest = text[...]
        var decoded: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2)
                guard digits.count == 2, !digits.contains(UInt8(ascii: "+")),
                    !digits.contains(UInt8(ascii: "-")),
                    let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else { return nil }
                decoded.append(value)
                rest = rest.dropFirst(2)
            default: decoded.append(byte)
            }
        }
        return decoded
    }

    private func percentCoding(_ bytes: UnsafeRawBufferPointer) {
        let modes = [PercentCoding.Mode.all, .exceptSlash, .form]
        let isWellFormed = PercentCoding.isWellFormed(bytes)
        for mode in modes {
            var output = OutputBuffer()
            var isDecoded = false
            output.append(maximum: bytes.count) { space in
                let count = PercentCoding.decode(bytes, mode, into: space)
                isDecoded = count != nil
                return count ?? 0
            }
            claim(isDecoded == isWellFormed, "decoding and checking disagree")
        }
        for kept in [PercentCoding.Kept.unreserved, .unreservedAndSlash] {
            var encoded = OutputBuffer()
            PercentCoding.encode(bytes, keeping: kept, into: &encoded)
            var decoded = OutputBuffer()
            encoded.withUnsafeBytes { encoded in
                decoded.append(maximum: encoded.count) { space in
                    PercentCoding.decode(encoded, .all, into: space) ?? 0
                }
            }
            claim(decoded.bytes() == Array(bytes), "what was encoded decodes to something else")
        }
    }
}
