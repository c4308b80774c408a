internal import Jansson

/// Reads texts for the tests, and writes what was read as one text, to compare.
enum JSONSample {
    static func read(
        _ text: [UInt8],
        engine: JSONReader.Engine,
        depth: Int = 100,
        memory: Int = 64 << 20
    ) -> Result<String, JSONRefusal> {
        var reader = JSONReader(depth: depth, memory: memory, engine: engine)
        return self.read(text, with: &reader)
    }

    static func read(
        _ text: [UInt8],
        with reader: inout JSONReader
    ) -> Result<String, JSONRefusal> {
        do throws(JSONRefusal) {
            return try text.withUnsafeBufferPointer { bytes throws(JSONRefusal) in
                .success(self.text(try reader.read(UnsafeRawBufferPointer(bytes))))
            }
        } catch {
            return .failure(error)
        }
    }

    static func text(_ node: JSONNode) -> String {
        switch node.kind {
        case .null: return "null"
        case .true: return "true"
        case .false: return "false"
        case .integer: return "i" + String(decoding: node.text, as: UTF8.self)
        case .decimal: return "d" + String(decoding: node.text, as: UTF8.self)
        case .string: return self.quoted(node)
        case .array:
            var parts: [String] = []
            var element = node
            for index in 0..<node.count {
                element = index == 0 ? node.first : element.next
                parts.append(self.text(element))
            }
            return "[\(parts.joined(separator: ","))]"
        case .object:
            var parts: [String] = []
            var key = node
            for index in 0..<node.count {
                key = index == 0 ? node.first : key.next.next
                parts.append("\(self.quoted(key)):\(self.text(key.next))")
            }
            return "{\(parts.joined(separator: ","))}"
        }
    }

    private static func quoted(_ node: JSONNode) -> String {
        "\"\(node.text.map { $0 < 0x20 || $0 > 0x7E ? "\\\($0)" : String(UnicodeScalar($0)) }.joined())\""
    }

    /// A generator with a seed, so that what fails fails again.
    struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var value = self.state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }
}
