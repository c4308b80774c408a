internal import GRPC
internal import Testing

@Suite("Deadlines")
struct DeadlineTests {
    @Test(
        "a client shortens and never lengthens, and the cap bounds",
        arguments: [
            (15, nil, 60, 15), (15, 5, 60, 5), (15, 30, 60, 15), (90, nil, 60, 60),
            (90, 70, 60, 60), (nil, 5, 60, 5), (nil, 90, 60, 60), (nil, nil, 60, nil),
            (15, 0, 60, 0), (15, nil, nil, 15), (nil, nil, nil, nil),
        ] as [(Int64?, Int64?, Int64?, Int64?)]
    )
    func budget(route: Int64?, client: Int64?, cap: Int64?, expected: Int64?) {
        #expect(Deadline.budget(route: route, client: client, cap: cap) == expected)
    }

    @Test("an instant stops at the ends of the clock")
    func instants() {
        let start = Instant(nanoseconds: 5)
        #expect(start.advanced(by: .max) == Instant(nanoseconds: .max))
        #expect(start.advanced(by: -10) == Instant(nanoseconds: -5))
        #expect(Instant(nanoseconds: -5).advanced(by: .min) == Instant(nanoseconds: .min))
        #expect(start.nanoseconds(until: Instant(nanoseconds: 8)) == 3)
        #expect(start.nanoseconds(until: Instant(nanoseconds: 1)) == -4)
        let (first, last) = (Instant(nanoseconds: .min), Instant(nanoseconds: .max))
        #expect(first.nanoseconds(until: last) == .max)
        #expect(last.nanoseconds(until: first) == .min)
        #expect(first < last)
    }

    @Test("nothing left is nil")
    func remaining() {
        let now = Instant(nanoseconds: 100)
        #expect(Deadline.remaining(until: Instant(nanoseconds: 101), now: now) == 1)
        #expect(Deadline.remaining(until: now, now: now) == nil)
        #expect(Deadline.remaining(until: Instant(nanoseconds: 1), now: now) == nil)
    }
}
