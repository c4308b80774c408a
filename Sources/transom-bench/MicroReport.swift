/// Prints what the micro-benchmarks found, as a table in Markdown.
enum MicroReport {
    static func print(
        _ rows: [MicroBench.Row],
        allocations: [String: Double]?,
        _ messages: BenchMessages
    ) {
        Swift.print(
            """
            Small message: \(messages.small.protobuf.count) B of protobuf, \
            \(messages.small.json.count) B of JSON. Large: \(messages.orders.protobuf.count) B of \
            protobuf, \(messages.orders.json.count) B of JSON.

            | case | ns, median | ns, best | allocations |
            |---|---:|---:|---:|
            """
        )
        for row in rows {
            let count = allocations?[row.name].map { Self.decimal($0, digits: 2) } ?? "-"
            let median = Self.decimal(row.median, digits: 1)
            let best = Self.decimal(row.best, digits: 1)
            Swift.print("| \(row.name) | \(median) | \(best) | \(count) |")
        }
        Swift.print(
            allocations == nil
                ? "\nAllocations were not counted: that needs valgrind and strip on the PATH."
                : "\nAllocations: calls of the allocator per operation, counted under valgrind."
        )
    }

    private static func decimal(_ value: Double, digits: Int) -> String {
        let scale = digits == 1 ? 10 : 100
        let scaled = Int((value * Double(scale)).rounded())
        let rest = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - rest.count) + rest
    }
}
