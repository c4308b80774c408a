extension Duration {
    /// Whole nanoseconds; what exceeds 292 years stops at the end.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, second) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return second ? (seconds < 0 ? .min : .max) : sum
    }
}
