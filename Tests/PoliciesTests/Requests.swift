internal import Bytes
internal import HTTPMessages

/// A head with these field lines, read by the parser that reads clients' heads.
func request(_ method: String = "GET", _ fields: (String, String)...) -> RequestHead {
    let lines = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
    let bytes = Array("\(method) /v1/things HTTP/1.1\r\nhost: api.example\r\n\(lines)\r\n".utf8)
    let head = RequestHead()
    var parser = HeadParser(limits: HeadLimits())
    let progress = bytes.withUnsafeBytes { parser.parse($0, into: head) }
    guard case .complete = progress else { fatalError("no head: \(progress)") }
    return head
}

/// Lends a text's bytes.
func with<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    Array(text.utf8).withUnsafeBytes(body)
}

/// What is written, as text.
func written(_ body: (inout OutputBuffer) -> Void) -> String {
    var output = OutputBuffer()
    body(&output)
    return String(decoding: output.bytes(), as: UTF8.self)
}
