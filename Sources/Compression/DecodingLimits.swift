/// How much may come out of a decompressor, against content that is made to burst it.
public struct DecodingLimits: Sendable, Hashable {
    /// The most bytes that may come out of one stream.
    public var output: Int
    /// The most bytes that may come out for each byte that went in; 1 or more.
    ///
    /// It counts once more than `ratioFloor` bytes have come out.
    /// DEFLATE reaches 1032 at most, Brotli and Zstandard millions; JSON in earnest reaches 10 to
    /// 30.
    public var ratio: Int
    /// The bytes that may come out whatever the ratio: small content may be all spaces.
    public var ratioFloor: Int

    public init(output: Int, ratio: Int = 100, ratioFloor: Int = 1 << 20) {
        self.output = max(0, output)
        self.ratio = max(1, ratio)
        self.ratioFloor = max(0, ratioFloor)
    }

    /// What the ratio allows to come out of `consumed` bytes.
    func allowance(for consumed: Int) -> Int {
        let (product, overflow) = consumed.multipliedReportingOverflow(by: self.ratio)
        return overflow ? .max : max(product, self.ratioFloor)
    }
}
