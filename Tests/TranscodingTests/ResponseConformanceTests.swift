internal import Bytes
internal import Testing
internal import Transcoding

@Suite("Responses, conformance suite", .enabled(if: ResponseCorpus.isThere))
struct ResponseConformanceTests {
    @Test("every case from protobuf to JSON is printed as expected, or refused as expected")
    func binaryToJSON() throws {
        let tables = try ResponseCorpus.tables()
        let printer = ResponsePrinter(tables: tables)
        var passed = 0
        var refused = 0
        for test in try ResponseCorpus.cases() where test.output == "JSON" {
            guard let bytes = test.input.bytes else { continue }
            let type = try #require(tables.message(named: test.type))
            let text = Self.printed(bytes, type, printer)
            if test.expect.isSerializeError == true {
                #expect(text == nil, "\(test.name)")
                refused += text == nil ? 1 : 0
                continue
            }
            let expected = try #require(test.expect.json)
            let wanted = try #require(ResponseJSONValue(expected.utf8))
            let isRight =
                text.flatMap { ResponseJSONValue($0) }?
                .matches(wanted, inSinglePrecision: test.name.contains(".FLOAT")) == true
            if !isRight {
                Issue.record(
                    "\(test.name): \(String(decoding: text ?? [], as: UTF8.self)) is not \(expected)"
                )
            }
            passed += isRight ? 1 : 0
        }
        print("conformance, protobuf to JSON: \(passed) printed, \(refused) refused")
        #expect(passed >= 1222)
        #expect(refused >= 30)
    }

    @Test("every case from JSON to JSON comes back through both transcoders as expected")
    func jsonToJSON() throws {
        let tables = try ResponseCorpus.tables()
        let printer = ResponsePrinter(tables: tables)
        let transcoder = RequestTranscoder(tables: tables)
        let values = BindingValues()
        var passed = 0
        for test in try ResponseCorpus.cases() where test.output == "JSON" {
            guard let json = test.input.json, let expected = test.expect.json else { continue }
            let type = try #require(tables.message(named: test.type))
            var message = OutputBuffer()
            let body = Array(json.utf8)
            try body.withUnsafeBytes {
                try transcoder.encode(
                    RequestBinding(inputType: type, body: .whole),
                    body: $0,
                    values: values,
                    into: &message
                )
            }
            let text = Self.printed(message.bytes(), type, printer) ?? []
            let wanted = try #require(ResponseJSONValue(expected.utf8))
            let isSingle = test.name.contains("Float")
            var isRight =
                ResponseJSONValue(text)?.matches(wanted, inSinglePrecision: isSingle) == true
            // Here the suite looks at the text itself.
            if test.validator == true { isRight = isRight && text == Array(expected.utf8) }
            if !isRight {
                Issue.record(
                    "\(test.name): \(String(decoding: text, as: UTF8.self)) is not \(expected)"
                )
            }
            passed += isRight ? 1 : 0
        }
        print("conformance, JSON to JSON: \(passed) came back")
        #expect(passed >= 554)
    }

    static func printed(
        _ bytes: [UInt8],
        _ type: Int32,
        _ printer: ResponsePrinter,
        _ profile: JSONProfile = .standard,
        _ field: FieldPath? = nil
    ) -> [UInt8]? {
        var output = OutputBuffer()
        output.append("kept")
        do throws(TranscodingError) {
            try bytes.withUnsafeBufferPointer { bytes throws(TranscodingError) in
                let message = UnsafeRawBufferPointer(bytes)
                try printer.print(
                    message,
                    type: type,
                    profile: profile,
                    field: field,
                    into: &output
                )
            }
        } catch {
            #expect(error.kind == .backend)
            #expect(output.bytes() == Array("kept".utf8))
            return nil
        }
        return Array(output.bytes().dropFirst(4))
    }
}
