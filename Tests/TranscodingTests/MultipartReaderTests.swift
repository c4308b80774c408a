internal import Testing

@testable internal import Transcoding

@Suite("Multipart framing")
struct MultipartReaderTests {
    /// A part as the tests read it.
    struct Read: Equatable {
        var name: String
        var content: String
        var isFile = false
        var contentType = ""
    }

    private static func read(
        _ body: [UInt8],
        boundary: String = "b"
    ) throws(TranscodingError) -> [Read] {
        var parts: [Read] = []
        try Array(boundary.utf8).withUnsafeBufferPointer { boundary throws(TranscodingError) in
            try body.withUnsafeBufferPointer { bytes throws(TranscodingError) in
                var reader = MultipartReader(
                    UnsafeRawBufferPointer(bytes),
                    boundary: UnsafeRawBufferPointer(boundary)
                )
                while let part = try reader.next() {
                    parts.append(
                        Read(
                            name: String(decoding: part.headers.name, as: UTF8.self),
                            content: String(decoding: part.content, as: UTF8.self),
                            isFile: part.headers.isFile,
                            contentType: String(
                                decoding: part.headers.contentType,
                                as: UTF8.self
                            )
                        )
                    )
                }
            }
        }
        return parts
    }

    private static func part(_ headers: String, _ content: String) -> String {
        "--b\r\n\(headers)\r\n\r\n\(content)\r\n--b--\r\n"
    }

    static let named = #"Content-Disposition: form-data; name="a""#

    // MARK: - The boundary

    static let boundaries: [(String, String?)] = [
        ("multipart/form-data; boundary=b", "b"), ("multipart/form-data;boundary=b", "b"),
        ("Multipart/Form-Data ; charset=utf-8 ; BOUNDARY=\"b c\"", "b c"),
        (#"multipart/form-data; x="a;boundary=no\""; boundary=yes"#, "yes"),
        (
            "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
            "----WebKitFormBoundary7MA4YWxkTrZu0gW"
        ),
        (#"multipart/form-data; boundary="'()+_,-./:=?9zZ""#, "'()+_,-./:=?9zZ"),
        ("multipart/form-data;; boundary=b;", "b"), ("multipart/form-data", nil),
        ("multipart/form-data; boundary", nil), ("multipart/form-data; boundary=", nil),
        (#"multipart/form-data; boundary="""#, nil), ("multipart/form-data; boundary=a b", nil),
        ("multipart/form-data; boundary=a; boundary=a", nil),
        (#"multipart/form-data; boundary="a "#, nil), (#"multipart/form-data; boundary="a ""#, nil),
        (#"multipart/form-data; boundary="a\b""#, nil),
        (#"multipart/form-data; boundary="a*""#, nil),
        ("multipart/form-data; boundary=é", nil), ("multipart/form-data; boundary=a\r\n", nil),
        ("multipart/form-data; boundary = b", nil), ("multipart/form-data boundary=b", nil),
        ("", nil), (";", nil), ("; boundary=b", "b"),
        (
            "multipart/form-data; boundary=" + String(repeating: "b", count: 70),
            String(repeating: "b", count: 70)
        ),
        ("multipart/form-data; boundary=" + String(repeating: "b", count: 71), nil),
    ]

    @Test("the boundary is found in the content type", arguments: boundaries)
    func boundary(_ contentType: String, _ expected: String?) {
        let bytes = Array(contentType.utf8)
        let found = bytes.withUnsafeBytes { bytes in
            MultipartBoundary.find(in: bytes).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(found == expected)
    }

    // MARK: - Bodies

    static let bodies: [(String, [Read])] = [
        (part(named, "x"), [Read(name: "a", content: "x")]),
        (part(named, ""), [Read(name: "a", content: "")]),
        ("--b\r\n\(named)\r\n\r\n--b--", [Read(name: "a", content: "")]),
        ("--b--", []), ("--b--\r\n", []), ("--b--  \r\n\r\n", []), ("\r\n--b--", []),
        (
            "--b \t\r\n\(named)\r\n\r\nx\r\n--b  \r\n\(named)\r\n\r\ny\r\n--b--",
            [Read(name: "a", content: "x"), Read(name: "a", content: "y")]
        ),
        // What looks like the boundary but is not at the start of a line, or not whole.
        (
            part(named, "x--b\r\r\n-b\r\n--\r\n-\r-\r\n--c\n--b x"),
            [Read(name: "a", content: "x--b\r\r\n-b\r\n--\r\n-\r-\r\n--c\n--b x")]
        ),
        (part(named, "\r\n"), [Read(name: "a", content: "\r\n")]),
        (part("content-disposition:form-data;name=a", "x"), [Read(name: "a", content: "x")]),
        (
            part("CONTENT-DISPOSITION: \t Form-Data ; NAME = a", "x").replacing(" = ", with: "="),
            [Read(name: "a", content: "x")]
        ),
        (
            part(#"Content-Disposition: form-data; name="a;b=\"c\\\""; filename="C.png""#, "x"),
            [Read(name: #"a;b=\"c\\\""#, content: "x", isFile: true)]
        ),
        (
            part(named + "; filename*=UTF-8''a.png", "x"),
            [Read(name: "a", content: "x", isFile: true)]
        ),
        (part(named + #"; filename="""#, ""), [Read(name: "a", content: "", isFile: true)]),
        (part(named + #"; filename="é.png""#, ""), [Read(name: "a", content: "", isFile: true)]),
        (
            part("X-Other:\r\n\(named)\r\nContent-Type: image/png; q=1 \r\nContent-Length: 1", "x"),
            [Read(name: "a", content: "x", contentType: "image/png; q=1")]
        ),
        (
            part("\(named)\r\nContent-Transfer-Encoding: BINARY", "x"),
            [Read(name: "a", content: "x")]
        ),
        (part("\(named)\r\nContent-Transfer-Encoding: 8bit", "x"), [Read(name: "a", content: "x")]),
        (part(#"Content-Disposition: form-data; name="""#, "x"), [Read(name: "", content: "x")]),
    ]

    @Test("a body is taken apart", arguments: bodies)
    func reads(_ body: String, _ parts: [Read]) throws {
        #expect(try Self.read(Array(body.utf8)) == parts)
    }

    @Test("a body that is cut off is refused, wherever it is", arguments: bodies)
    func cut(_ body: String, _ parts: [Read]) throws {
        let bytes = Array(body.utf8)
        var end = bytes.count
        while end > 0, bytes[end - 1] != UInt8(ascii: "-") { end -= 1 }
        for count in 0..<end {
            #expect(throws: TranscodingError.self, "\(count)") {
                try Self.read(Array(bytes[..<count]))
            }
        }
        for count in end...bytes.count { #expect(try Self.read(Array(bytes[..<count])) == parts) }
    }

    static let refused: [(String, String)] = [
        ("", "byte 0: expected the boundary \"--b\", found the end of the body"),
        ("x\r\n--b--", "expected the boundary"), ("\n--b--", "expected the boundary"),
        ("preamble\r\n\(part(named, "x"))", "expected the boundary"),
        ("--c--", "expected the boundary"), ("-b--", "expected the boundary"),
        ("--b", "byte 3: expected a line end (CRLF) or \"--\" after the boundary"),
        ("--b-", "after the boundary"), ("--bx", "after the boundary"),
        ("--b\n\(named)", "after the boundary"), ("--b--x", "end of the body after the last"),
        (part(named, "x") + "epilogue", "end of the body after the last"),
        (part(named, "x") + "--b--", "end of the body after the last"),
        ("--b\r\n\(named)\r\n\r\nx\r\n--bc\r\n", "after the boundary"),
        ("--b\r\n\(named)\r\n\r\nx\n--b--", "expected the boundary \"--b--\""),
        ("--b\r\n\(named)\r\n\r\nx--b--", "expected the boundary \"--b--\""),
        ("--b\r\n\(named)\n\nx\r\n--b--", "a header line of text that ends with CRLF"),
        (part("\(named)\r\u{0}", "x"), "a header line of text"),
        (part("a\u{7F}: b", ""), "of text"),
        (part("Content-Type: text/plain", "x"), "expected a header Content-Disposition"),
        ("--b\r\n\r\nx\r\n--b--", "expected a header Content-Disposition"),
        (part(named + "\r\n" + named, "x"), "one Content-Disposition"),
        (part("\(named); name=b", "x"), "one name"),
        (part("\(named); name*=utf-8''b", "x"), "name*"),
        (part("Content-Disposition: form-data", "x"), "a name in Content-Disposition"),
        (part("Content-Disposition: form-data; filename=a", "x"), "a name in Content-Disposition"),
        (part("Content-Disposition: attachment; name=a", "x"), "Content-Disposition form-data"),
        (part("Content-Disposition:", "x"), "Content-Disposition form-data"),
        (part(#"Content-Disposition: form-data; name="a"#, "x"), "parameters"),
        (part(#"Content-Disposition: form-data; name="a\"#, "x"), "parameters"),
        (part(#"Content-Disposition: form-data; name="a"x"#, "x"), "parameters"),
        (part("Content-Disposition: form-data; name=", "x"), "parameters"),
        (part("Content-Disposition: form-data; name", "x"), "parameters"),
        (part("\(named)\r\n folded", "x"), "expected a header of a part"),
        (part("\(named)\r\nno colon", "x"), "expected a header of a part"),
        (part("\(named)\r\n: x", "x"), "a header of a part"), (part("a b: c", ""), "a header of a"),
        (part("\(named)\r\nContent-Type: text", "x"), "a Content-Type like text/plain"),
        (part("\(named)\r\nContent-Type: ", "x"), "a Content-Type like text/plain"),
        (part("\(named)\r\nContent-Type: a/b\r\nContent-Type: a/b", "x"), "one Content-Type"),
        (part("\(named)\r\nContent-Type: multipart/mixed; boundary=c", "x"), "parts of its own"),
        (part("\(named)\r\nContent-Transfer-Encoding: base64", "x"), "Transfer-Encoding"),
        (part("\(named)\r\nContent-Transfer-Encoding: quoted-printable", "x"), "Transfer-Encoding"),
    ]

    @Test("a body that is not framed so is refused with what was expected", arguments: refused)
    func refuses(_ body: String, _ text: String) throws {
        let error = #expect(throws: TranscodingError.self) { try Self.read(Array(body.utf8)) }
        #expect(error?.kind == .syntax)
        #expect(error?.message.hasPrefix("body, byte ") == true)
        #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
    }

    @Test("all bytes but the boundary are content")
    func binary() throws {
        let all = [UInt8](0...255)
        let content: [UInt8] = all + all.reversed() + all + [0x0D, 0x0A, 0x0D]
        let head = Array("--b\r\n\(Self.named)\r\n\r\n".utf8)
        let body = head + content + Array("\r\n--b--".utf8)
        try body.withUnsafeBytes { bytes in
            try Array("b".utf8).withUnsafeBytes { boundary in
                var reader = MultipartReader(bytes, boundary: boundary)
                let part = try reader.next()
                #expect(part?.content.elementsEqual(content) == true)
                #expect(try reader.next() == nil)
            }
        }
    }

    // MARK: - Limits

    @Test("a body has at most so many parts", arguments: [999, 1000, 1001])
    func parts(_ count: Int) throws {
        let part = "--b\r\n\(Self.named)\r\n\r\nx\r\n"
        let body = Array((String(repeating: part, count: count) + "--b--").utf8)
        if count > MultipartReader.partLimit {
            let error = #expect(throws: TranscodingError.self) { try Self.read(body) }
            #expect(error?.message.contains("at most 1000 parts, found more") == true)
        } else {
            #expect(try Self.read(body).count == count)
        }
    }

    @Test("a part has at most so many header lines", arguments: [15, 16, 17])
    func lines(_ count: Int) throws {
        let others = String(repeating: "x: y\r\n", count: count - 1)
        let body = Array(Self.part(others + Self.named, "x").utf8)
        if count > MultipartHeaders.lineLimit {
            let error = #expect(throws: TranscodingError.self) { try Self.read(body) }
            #expect(error?.message.contains("at most 16 header lines") == true)
        } else {
            #expect(try Self.read(body).count == 1)
        }
    }

    @Test("a part has at most so many bytes of headers", arguments: [8191, 8192, 8193, 20_000])
    func bytes(_ count: Int) throws {
        let filler = String(repeating: "y", count: count - Self.named.utf8.count - 9)
        let body = Array(Self.part("\(Self.named)\r\nx: \(filler)", "x").utf8)
        if count > MultipartHeaders.byteLimit {
            let error = #expect(throws: TranscodingError.self) { try Self.read(body) }
            #expect(error?.message.contains("at most 8192 bytes") == true)
        } else {
            #expect(try Self.read(body).count == 1)
        }
    }

    @Test("a body full of what looks like boundaries costs one look at each byte")
    func hostile() throws {
        let boundary = String(repeating: "b", count: 70)
        let almost = "\r\n--" + String(repeating: "b", count: 69) + "c"
        let content =
            String(repeating: almost, count: 20_000) + String(repeating: "\r", count: 200_000)
        let body = "--\(boundary)\r\n\(Self.named)\r\n\r\n\(content)\r\n--\(boundary)--"
        #expect(try Self.read(Array(body.utf8), boundary: boundary).first?.content == content)
    }
}
