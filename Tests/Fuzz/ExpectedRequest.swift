internal import HTTPMessages

/// What the parsers alone make of all bytes: the requests that may come of a connection.
struct ExpectedRequest {
    var target: [UInt8]
    var body: [UInt8] = []
    /// Where the request's bytes end, as far as they have come.
    var end: Int

    static func all(in bytes: [UInt8], limits: HeadLimits) -> [ExpectedRequest] {
        bytes.withUnsafeBytes { bytes in
            var requests: [ExpectedRequest] = []
            var parser = HeadParser(limits: limits)
            let head = RequestHead()
            var start = 0
            while case .complete(let count) = parser.parse(bytes.rest(from: start), into: head) {
                start += count
                var request = ExpectedRequest(target: Array(head.target), end: start)
                var body = BodyDecoder(framing: head.framing, limit: .max, trailers: limits)
                let isWhole = request.takeBody(&body, bytes)
                start = request.end
                requests.append(request)
                guard isWhole else { break }
            }
            return requests
        }
    }

    /// Takes the body behind the head; whether it is whole.
    private mutating func takeBody(
        _ decoder: inout BodyDecoder,
        _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        while true {
            let rest = bytes.rest(from: self.end)
            switch decoder.next(rest) {
            case .data(let range, let consumed):
                self.body += rest[range]
                self.end += consumed
            case .end(let consumed):
                self.end += consumed
                return true
            case .needsMore, .refused:
                return false
            }
        }
    }
}
