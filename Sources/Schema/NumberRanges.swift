/// Ranges of field numbers that a message sets aside, for quick membership.
struct NumberRanges: Sendable {
    /// Sorted, merged where they touch; the upper bound is excluded.
    private let ranges: [Range<Int32>]

    /// - Parameter ranges: start and excluded end as declared; empty or backward ones are dropped.
    init(_ ranges: some Sequence<(start: Int32, end: Int32)>) {
        var merged: [Range<Int32>] = []
        let sorted = ranges.lazy.filter { $0.start < $0.end }.sorted { $0.start < $1.start }
        for range in sorted {
            if let last = merged.last, range.start <= last.upperBound {
                let upper = max(last.upperBound, range.end)
                merged[merged.count - 1] = last.lowerBound..<upper
            } else {
                merged.append(range.start..<range.end)
            }
        }
        self.ranges = merged
    }

    func contains(_ number: Int32) -> Bool {
        var low = 0
        var high = self.ranges.count
        while low < high {
            let middle = (low + high) / 2
            let range = self.ranges[middle]
            if range.contains(number) { return true }
            if number < range.lowerBound { high = middle } else { low = middle + 1 }
        }
        return false
    }
}
