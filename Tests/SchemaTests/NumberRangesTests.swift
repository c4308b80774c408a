internal import Testing

@testable internal import Schema

@Suite("NumberRanges: membership")
struct NumberRangesTests {
    private static let ranges = NumberRanges([
        (start: 20, end: 30), (start: 1, end: 2), (start: 29, end: 40), (start: 9, end: 3),
        (start: 5, end: 5), (start: .min, end: 0), (start: 100, end: .max),
    ])

    @Test(
        "the edges of each range",
        arguments: [
            (0, false), (1, true), (2, false), (5, false), (19, false), (20, true), (29, true),
            (30, true), (39, true), (40, false), (99, false), (100, true), (.max, false),
            (.min, true), (-1, true),
        ] as [(Int32, Bool)]
    )
    func membership(number: Int32, isIn: Bool) {
        #expect(Self.ranges.contains(number) == isIn)
    }

    @Test("no range holds nothing")
    func empty() {
        #expect(!NumberRanges([]).contains(1))
    }
}
