internal import Bytes
internal import Testing

@testable internal import Transcoding

@Suite("Responses, mutations of the conformance suite", .enabled(if: ResponseCorpus.isThere))
struct ResponseMutationTests {
    /// A message printed one way; nil if that way does not take it.
    private func text(
        _ bytes: [UInt8],
        _ type: Int32,
        _ printer: ResponsePrinter,
        isIndexed: Bool
    ) -> [UInt8]? {
        var output = OutputBuffer()
        do throws(PrinterFault) {
            try bytes.withUnsafeBufferPointer { bytes throws(PrinterFault) in
                try printer.run(
                    UnsafeRawBufferPointer(bytes),
                    type,
                    .standard,
                    nil,
                    isIndexed: isIndexed,
                    into: &output
                )
            }
        } catch {
            return nil
        }
        return output.bytes()
    }

    @Test("cut, changed and glued messages never trap, and both ways through say the same")
    func mutations() throws {
        let tables = try ResponseCorpus.tables()
        let printer = ResponsePrinter(tables: tables)
        var state: UInt64 = 0xD1B5_4A32_D192_ED03
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var last: [UInt8] = []
        var compared = 0
        for test in try ResponseCorpus.cases() {
            guard let bytes = test.input.bytes, !bytes.isEmpty else { continue }
            let type = try #require(tables.message(named: test.type))
            var changed = bytes
            changed[next(bytes.count)] = UInt8(next(256))
            let variants = [bytes, changed, Array(bytes[..<next(bytes.count)]), last + bytes]
            last = bytes
            for variant in variants {
                let straight = self.text(variant, type, printer, isIndexed: false)
                let indexed = self.text(variant, type, printer, isIndexed: true)
                if let indexed { #expect(ResponseJSONValue(indexed) != nil) }
                guard let straight else { continue }
                compared += 1
                let value = ResponseJSONValue(straight)
                #expect(value != nil && value == indexed.flatMap { ResponseJSONValue($0) })
            }
        }
        #expect(compared > 2000)
    }
}
