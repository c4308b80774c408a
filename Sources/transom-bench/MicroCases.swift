internal import Bytes
internal import GRPC
internal import HTTPMessages
internal import Routing
internal import Telemetry
internal import Transcoding

/// What is measured: the steps of one request in the order of its life.
enum MicroCases {
    static func run(_ bench: inout MicroBench, _ messages: BenchMessages) {
        Self.head(&bench)
        Self.routing(&bench)
        Self.timers(&bench)
        Self.requests(&bench, messages)
        Self.answers(&bench, messages)
        Self.answerHead(&bench)
        Self.telemetry(&bench)
    }

    // MARK: - In

    private static func head(_ bench: inout MicroBench) {
        let short = "GET /v1/small/42 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"
        let long = """
            GET /v1/users/42?view=full HTTP/1.1\r
            Host: api.example.com\r
            User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r
            Accept: application/json\r
            Accept-Language: en-GB,en;q=0.7,de;q=0.3\r
            Accept-Encoding: gzip, deflate, br, zstd\r
            Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl\r
            X-Request-Id: 0af7651916cd43dd8448eb211c80319c\r
            Connection: keep-alive\r
            \r

            """
        for (name, text) in [("1 field", short), ("8 fields", long)] {
            let bytes = Array(text.utf8)
            let head = RequestHead()
            var parser = HeadParser()
            bench.measure("request head, \(name), \(bytes.count) B: parse") { operations in
                bytes.withUnsafeBytes { bytes in
                    var sum = 0
                    for _ in 0..<operations {
                        guard case .complete(let consumed) = parser.parse(bytes, into: head) else {
                            preconditionFailure("the head must be valid")
                        }
                        sum &+= consumed
                    }
                    return sum
                }
            }
        }
    }

    private static func routing(_ bench: inout MicroBench) {
        let templates = (0..<50).flatMap {
            ["/v1/kind\($0)/{id}", "/v1/kind\($0)/{id}/items/{item}"]
        }
        let routes = templates.compactMap { text -> Route? in
            guard let template = try? PathTemplate(text) else { return nil }
            return Route(verb: "GET", template: template)
        }
        let table = RouteTable(routes)
        let captures = Captures()
        Self.withBytes("GET", "/v1/kind37/42/items/7") { method, path in
            bench.measure("route of \(table.count), 2 variables: match") { operations in
                var sum = 0
                for _ in 0..<operations {
                    _ = table.match(method: method, path: path, into: captures)
                    sum &+= captures.count
                }
                return sum
            }
        }
        var reader = QueryReader()
        let query = Array("page_size=50&page_token=b3JkZXJzOjQ4&filter.name=Ada%20L&view=full".utf8)
        bench.measure("query, 4 pairs, \(query.count) B: read") { operations in
            query.withUnsafeBytes { query in
                var sum = 0
                for _ in 0..<operations {
                    reader.start(query)
                    while let pair = try? reader.next() { sum &+= pair.value.count }
                }
                return sum
            }
        }
    }

    private static func timers(_ bench: inout MicroBench) {
        let wheel = TimerWheel(now: Instant(nanoseconds: 0))
        // A thousand calls are under way.
        let others = (0..<1000).map { _ in TimerEntry() }
        for (index, entry) in others.enumerated() {
            wheel.arm(entry, at: Instant(nanoseconds: 15_000_000_000 + Int64(index) * 1_000_000))
        }
        let entry = TimerEntry()
        bench.measure("timer among 1,000: arm and disarm") { operations in
            for operation in 0..<operations {
                let nanoseconds = 15_000_000_000 + Int64(operation & 1023) * 1_000_000
                wheel.arm(entry, at: Instant(nanoseconds: nanoseconds))
                wheel.disarm(entry)
            }
            return wheel.count
        }
    }

    private static func requests(_ bench: inout MicroBench, _ messages: BenchMessages) {
        let transcoder = RequestTranscoder(tables: messages.tables)
        let values = BindingValues()
        var output = OutputBuffer(capacity: 16384)
        for message in [messages.request, messages.orders] {
            let binding = RequestBinding(inputType: message.type, body: .whole)
            bench.measure("JSON to protobuf, \(message.json.count) B of JSON") { operations in
                message.json.withUnsafeBytes { json in
                    var sum = 0
                    for _ in 0..<operations {
                        output.removeAll()
                        try? transcoder.encode(binding, body: json, values: values, into: &output)
                        sum &+= output.count
                    }
                    return sum
                }
            }
        }
    }

    // MARK: - Out

    private static func answers(_ bench: inout MicroBench, _ messages: BenchMessages) {
        let printer = ResponsePrinter(tables: messages.tables)
        var output = OutputBuffer(capacity: 16384)
        for message in [messages.small, messages.orders] {
            bench.measure("protobuf to JSON, \(message.json.count) B of JSON") { operations in
                message.protobuf.withUnsafeBytes { protobuf in
                    var sum = 0
                    for _ in 0..<operations {
                        output.removeAll()
                        try? printer.print(protobuf, type: message.type, into: &output)
                        sum &+= output.count
                    }
                    return sum
                }
            }
        }
    }

    private static func answerHead(_ bench: inout MicroBench) {
        var output = OutputBuffer(capacity: 1024)
        let date = HTTPDate(unixSeconds: 1_785_585_600)
        Self.withBytes("0af7651916cd43dd8448eb211c80319c", "") { requestID, _ in
            bench.measure("answer head, 4 fields: write") { operations in
                var sum = 0
                for _ in 0..<operations {
                    output.removeAll()
                    ResponseWriter.statusLine(200, into: &output)
                    ResponseWriter.field("content-type", "application/json", into: &output)
                    ResponseWriter.field("content-length", decimal: 95, into: &output)
                    ResponseWriter.date(date, into: &output)
                    ResponseWriter.field("x-request-id", requestID, into: &output)
                    ResponseWriter.end(into: &output)
                    sum &+= output.count
                }
                return sum
            }
        }
    }

    private static func telemetry(_ bench: inout MicroBench) {
        let names = RouteNames(
            routes: (0..<100).map {
                RouteNames.Route(
                    template: "/v1/kind\($0)/{id}",
                    service: "user.v1.UserService",
                    method: "Get\($0)"
                )
            },
            backends: ["users"]
        )
        var record = ExchangeRecord()
        Self.fill(&record)
        let shard = MetricShard(names: names)
        bench.measure("metrics: one exchange") { operations in
            for _ in 0..<operations {
                shard.requestBegan()
                shard.record(record)
            }
            return operations
        }
        var output = OutputBuffer(capacity: 65536)
        bench.measure("access line: write") { operations in
            var sum = 0
            for _ in 0..<operations {
                if output.count > 32768 { output.removeAll() }
                guard AccessLine.append(record, names: names, to: &output) else { return 0 }
                sum &+= output.count
            }
            return sum
        }
    }

    private static func fill(_ record: inout ExchangeRecord) {
        record.begin(
            at: Instant(nanoseconds: 0),
            wallSeconds: 1_785_585_600,
            wallNanoseconds: 123_000_000
        )
        Self.withBytes("192.0.2.17:51234", "GET") { client, method in
            record.setClient(client)
            record.setMethod(.get, method)
        }
        Self.withBytes("0af7651916cd43dd8448eb211c80319c", "/v1/kind37/42") { requestID, path in
            record.setRequestID(requestID)
            record.setPath(path)
        }
        record.route = 37
        record.httpStatus = 200
        record.calledBackend = true
        record.bytesOut = 230
        record.backendNanoseconds = 300_000
        record.end = Instant(nanoseconds: 400_000)
    }

    private static func withBytes(
        _ first: String,
        _ second: String,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) {
        Array(first.utf8).withUnsafeBytes { first in
            Array(second.utf8).withUnsafeBytes { second in body(first, second) }
        }
    }
}
