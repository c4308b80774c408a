internal import Testing

@testable internal import Jansson

@Suite("JSON limits")
struct JSONLimitTests {
    static let engines: [JSONReader.Engine] = [.plain, .jansson]

    @Test("nesting is read up to the limit and refused beyond", arguments: engines)
    func depth(_ engine: JSONReader.Engine) {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            for depth in [1, 99, 100, 101, 200, 100_000] {
                let inner = open == "[" ? "" : "1"
                let text =
                    String(repeating: open, count: depth) + inner
                    + String(repeating: close, count: depth)
                switch JSONSample.read(Array(text.utf8), engine: engine, depth: 100) {
                case .success: #expect(depth <= 100)
                case .failure(let refusal):
                    #expect(depth > 100)
                    #expect(refusal.reason == .tooDeep)
                }
            }
        }
    }

    @Test("brackets in strings do not nest", arguments: engines)
    func brackets(_ engine: JSONReader.Engine) throws {
        let text = "[\"" + String(repeating: "[{\\\"", count: 500) + "\"]"
        _ = try JSONSample.read(Array(text.utf8), engine: engine, depth: 1).get()
    }

    @Test("a text that needs more than the memory is refused, and the reader goes on")
    func memory() throws {
        for engine in Self.engines {
            var reader = JSONReader(depth: 10, memory: 1 << 20, engine: engine)
            let large = Array("[\(String(repeating: "{},", count: 100_000))1]".utf8)
            guard case .failure(let refusal) = JSONSample.read(large, with: &reader) else {
                Issue.record("read")
                return
            }
            #expect(refusal.reason == .tooLarge)
            #expect(try JSONSample.read(Array("[1]".utf8), with: &reader).get() == "[i1]")
        }
    }

    @Test("the memory limit is met to the token")
    func exactMemory() {
        // 1,000 elements and their array, of 24 bytes each, beside the first keys' 6,144 bytes.
        let text = Array("[\(String(repeating: "1,", count: 999))1]".utf8)
        let needed = 1001 * 24 + 256 * 24
        for (memory, isRead) in [(needed - 1, false), (needed, true), (needed + 1, true)] {
            let result = JSONSample.read(text, engine: .plain, memory: memory)
            #expect(((try? result.get()) != nil) == isRead)
        }
    }

    /// A quarter of the sizes that the gateway has: 4 MiB of body, 64 MiB of memory.
    @Test("a body of small values only stays within the memory", arguments: ["{},", "[],", "1,"])
    func hostile(_ element: String) {
        var text: [UInt8] = [UInt8(ascii: "[")]
        text.reserveCapacity(1 << 20)
        while text.count < 1 << 20 { text += Array(element.utf8) }
        text += Array("0]".utf8)
        var reader = JSONReader(depth: 100, memory: 16 << 20)
        #expect(Self.isRead(text, with: &reader))
        var other = JSONReader(depth: 100, memory: 16 << 20, engine: .jansson)
        #expect(!Self.isRead(text, with: &other))
    }

    /// Without the text of what was read, which is large.
    private static func isRead(_ text: [UInt8], with reader: inout JSONReader) -> Bool {
        do throws(JSONRefusal) {
            _ = try text.withUnsafeBufferPointer { bytes throws(JSONRefusal) in
                try reader.read(UnsafeRawBufferPointer(bytes))
            }
            return true
        } catch {
            return false
        }
    }

    @Test("long strings with escapes are bounded too")
    func longStrings() {
        let text = Array("\"\(String(repeating: "\\n", count: 200_000))\"".utf8)
        guard case .failure(let refusal) = JSONSample.read(text, engine: .plain, memory: 1 << 20)
        else {
            Issue.record("read")
            return
        }
        #expect(refusal.reason == .tooLarge)
        #expect((try? JSONSample.read(text, engine: .plain).get()) != nil)
    }

    @Test("a key twice among many is found, whatever the keys")
    func manyKeys() {
        for count in [2, 15, 16, 17, 5000] {
            // Equal in length and at both ends, so that their tags are equal.
            let keys = (0..<count).map { number in
                let digits = String(number)
                let middle = String(repeating: "0", count: 6 - digits.count) + digits
                return "\"aaaaaaaa\(middle)zzzzzzzz\":1"
            }
            let unique = "{\(keys.joined(separator: ","))}"
            let twice = "{\((keys + keys.suffix(1)).joined(separator: ","))}"
            let early = "{\((keys + keys.prefix(1)).joined(separator: ","))}"
            #expect((try? JSONSample.read(Array(unique.utf8), engine: .plain).get()) != nil)
            #expect((try? JSONSample.read(Array(twice.utf8), engine: .plain).get()) == nil)
            #expect((try? JSONSample.read(Array(early.utf8), engine: .plain).get()) == nil)
        }
    }

    @Test("readers of several threads do not see each other's memory")
    func threads() async {
        await withTaskGroup(of: Bool.self) { group in
            for seed in 1...8 {
                group.addTask {
                    var reader = JSONReader(depth: 100, memory: 1 << 20, engine: .jansson)
                    let text = Array("{\"a\":[\(seed),\"\\u00e9\",{\"b\":1.5}]}".utf8)
                    let wanted = "{\"a\":[i\(seed),\"\\195\\169\",{\"b\":d1.5}]}"
                    for _ in 0..<2000 {
                        guard (try? JSONSample.read(text, with: &reader).get()) == wanted else {
                            return false
                        }
                    }
                    return true
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
