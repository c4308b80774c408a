internal import Balancing
internal import Testing

@Suite struct BackOffTests {
    @Test("waits grow by 1.6 from 100 ms to 1 s")
    func grows() {
        var backOff = BackOff()
        let waits = (0..<8).map { _ in
            backOff.failed(BackOff.Settings(), dice: 0.5) / 1_000_000
        }
        #expect(waits == [100, 160, 256, 409, 655, 1000, 1000, 1000])
    }

    @Test(
        "jitter moves a wait by at most a fifth",
        arguments: [(0.0, 80), (0.25, 90), (0.5, 100), (1.0, 120), (-3.0, 80), (7.0, 120)]
    )
    func jitters(dice: Double, milliseconds: Int64) {
        var backOff = BackOff()
        let wait = backOff.failed(BackOff.Settings(), dice: dice)
        #expect(abs(wait - milliseconds * 1_000_000) <= 1)
    }

    @Test("a success begins anew")
    func resets() {
        var backOff = BackOff()
        _ = backOff.failed(BackOff.Settings(), dice: 0.5)
        _ = backOff.failed(BackOff.Settings(), dice: 0.5)
        backOff.succeeded()
        #expect(backOff.failures == 0)
        #expect(backOff.failed(BackOff.Settings(), dice: 0.5) == 100_000_000)
    }

    @Test("an initial wait beyond the longest raises it")
    func initialAboveMax() {
        var backOff = BackOff()
        let settings = BackOff.Settings(initial: 3_000_000_000, max: 1_000_000_000)
        #expect(backOff.failed(settings, dice: 0.5) == 3_000_000_000)
        #expect(backOff.failed(settings, dice: 0.5) == 3_000_000_000)
    }
}
