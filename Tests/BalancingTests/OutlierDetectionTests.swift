internal import Balancing
internal import GRPC
internal import Testing

@Suite struct OutlierDetectionTests {
    private static let second: Int64 = 1_000_000_000

    /// Endpoints 1 to `count`, of whose 100 calls so many fail.
    private static func counts(_ failures: [Int: UInt64], of count: Int) -> [EndpointCounts] {
        (1...count).map { port in
            let failed = failures[port] ?? 0
            return EndpointCounts(
                .address(host: "127.0.0.1", port: port),
                CallCounts(successes: 100 - failed, failures: failed)
            )
        }
    }

    private static func detection(
        _ settings: OutlierSettings = OutlierSettings(),
        endpoints: Int = 10
    ) -> OutlierDetection {
        var detection = OutlierDetection(settings: settings)
        detection.endpointsChanged(PoolScript.endpoints(endpoints))
        return detection
    }

    private static func ports(_ detection: OutlierDetection) -> [Int] {
        detection.ejected.compactMap {
            if case .address(_, let port) = $0 { port } else { nil }
        }
    }

    @Test("an endpoint far below the others' success rate is ejected, one a little below is not")
    func successRate() {
        var detection = Self.detection()
        detection.add(Self.counts([3: 60, 4: 5], of: 10))
        #expect(detection.intervalPassed(now: Instant(nanoseconds: 0), dice: 1) == true)
        #expect(Self.ports(detection) == [3])
    }

    @Test("when all fail alike none is an outlier of the rates")
    func allAlike() {
        var detection = Self.detection(OutlierSettings(failurePercentage: nil))
        detection.add(Self.counts([1: 90, 2: 90, 3: 90, 4: 90, 5: 90], of: 5))
        #expect(detection.intervalPassed(now: Instant(nanoseconds: 0), dice: 1) == false)
    }

    @Test(
        "more failures than the threshold are ejected, as many are not",
        arguments: [(85, 0), (86, 1)]
    )
    func failurePercentage(failures: UInt64, ejected: Int) {
        var detection = Self.detection(OutlierSettings(successRate: nil))
        detection.add(Self.counts([7: failures], of: 10))
        #expect(detection.intervalPassed(now: Instant(nanoseconds: 0), dice: 1) == (ejected > 0))
        #expect(detection.ejected.count == ejected)
    }

    @Test("too few endpoints, or too few calls, decide nothing")
    func minimums() {
        var few = Self.detection(endpoints: 4)
        few.add(Self.counts([1: 100], of: 4))
        #expect(few.intervalPassed(now: Instant(nanoseconds: 0), dice: 1) == false)
        var quiet = Self.detection()
        quiet.add(
            (1...10).map {
                EndpointCounts(.address(host: "127.0.0.1", port: $0), CallCounts(failures: 49))
            }
        )
        #expect(quiet.intervalPassed(now: Instant(nanoseconds: 0), dice: 1) == false)
    }

    @Test("counts of several loops are added, and begin anew with each interval")
    func merges() {
        var detection = Self.detection(OutlierSettings(successRate: nil))
        let half = (1...10).map {
            EndpointCounts(.address(host: "127.0.0.1", port: $0), CallCounts(failures: 25))
        }
        detection.add(half)
        detection.add(half)
        #expect(detection.intervalPassed(now: Instant(nanoseconds: 0), dice: 1) == true)
        detection.add(half)
        let before = detection.ejected
        _ = detection.intervalPassed(now: Instant(nanoseconds: 1), dice: 1)
        #expect(detection.ejected == before)
    }

    @Test(
        "no more than the cap is ejected, but one always may be",
        arguments: [(0, 1), (10, 1), (30, 3), (100, 10)]
    )
    func cap(percent: Int, ejected: Int) {
        var detection = Self.detection(
            OutlierSettings(maxEjectionPercent: percent, successRate: nil)
        )
        let all = Dictionary(uniqueKeysWithValues: (1...10).map { ($0, UInt64(100)) })
        detection.add(Self.counts(all, of: 10))
        _ = detection.intervalPassed(now: Instant(nanoseconds: 0), dice: 1)
        #expect(detection.ejected.count == ejected)
    }

    @Test("an ejection lasts the base time, each further one so much longer, never over the limit")
    func times() {
        var detection = Self.detection(
            OutlierSettings(maxEjectionTime: 50 * Self.second, successRate: nil)
        )
        var now: Int64 = 0
        func pass(_ seconds: Int64, failing: Bool) -> Bool {
            now += seconds * Self.second
            if failing { detection.add(Self.counts([2: 100], of: 10)) }
            _ = detection.intervalPassed(now: Instant(nanoseconds: now), dice: 1)
            return !detection.ejected.isEmpty
        }
        #expect(pass(10, failing: true))
        #expect(pass(30, failing: false))
        #expect(!pass(1, failing: false))
        // The second one at once: twice the time, but for the limit.
        #expect(pass(1, failing: true))
        #expect(pass(50, failing: false))
        #expect(!pass(1, failing: false))
    }

    @Test("intervals without an ejection bring its length down again")
    func forgives() {
        var detection = Self.detection(OutlierSettings(successRate: nil))
        detection.add(Self.counts([2: 100], of: 10))
        _ = detection.intervalPassed(now: Instant(nanoseconds: 0), dice: 1)
        _ = detection.intervalPassed(now: Instant(nanoseconds: 31 * Self.second), dice: 1)
        #expect(detection.ejected.isEmpty)
        _ = detection.intervalPassed(now: Instant(nanoseconds: 41 * Self.second), dice: 1)
        detection.add(Self.counts([2: 100], of: 10))
        _ = detection.intervalPassed(now: Instant(nanoseconds: 50 * Self.second), dice: 1)
        _ = detection.intervalPassed(now: Instant(nanoseconds: 81 * Self.second), dice: 1)
        #expect(detection.ejected.isEmpty)
    }

    @Test(
        "enforcement is a chance: none at 0, about half at 50, all at 100",
        arguments: [(0, 0...0), (50, 70...130), (100, 200...200)]
    )
    func enforcement(percent: Int, found: ClosedRange<Int>) {
        var ejected = 0
        for dice in 0..<200 as Range<UInt64> {
            var detection = Self.detection(
                OutlierSettings(
                    successRate: nil,
                    failurePercentage: .init(enforcementPercentage: percent)
                )
            )
            detection.add(Self.counts([2: 100], of: 10))
            _ = detection.intervalPassed(now: Instant(nanoseconds: 0), dice: dice)
            ejected += detection.ejected.count
        }
        #expect(found.contains(ejected))
    }

    @Test("endpoints that stay keep their state, those that go lose it, unknown ones are ignored")
    func endpointsChange() {
        var detection = Self.detection()
        detection.add(Self.counts([3: 100], of: 10))
        _ = detection.intervalPassed(now: Instant(nanoseconds: 0), dice: 1)
        detection.endpointsChanged(PoolScript.endpoints([3, 4]))
        #expect(Self.ports(detection) == [3])
        detection.endpointsChanged(PoolScript.endpoints([4]))
        #expect(detection.ejected.isEmpty)
        detection.add(Self.counts([3: 100], of: 10))
        detection.endpointsChanged(PoolScript.endpoints([3, 4]))
        #expect(detection.ejected.isEmpty)
    }

    @Test("what counts against an endpoint is what speaks of it", arguments: StatusCode.allCases)
    func outcomes(code: StatusCode) {
        let against: [StatusCode] = [
            .unknown, .deadlineExceeded, .internal, .unavailable, .dataLoss,
        ]
        #expect((CallOutcome(code) == .failure) == against.contains(code))
        #expect((CallOutcome(code) == .uncounted) == (code == .cancelled))
    }

    @Test("whatever is counted, the cap is kept and every ejection ends", arguments: 1...30)
    func random(seed: UInt64) {
        var dice = Dice(state: seed)
        let settings = OutlierSettings(
            maxEjectionPercent: dice.roll(101),
            successRate: dice.roll(3) == 0 ? nil : .init(minimumHosts: dice.roll(6)),
            failurePercentage: dice.roll(3) == 0 ? nil : .init(minimumHosts: dice.roll(6))
        )
        let count = dice.roll(12) + 1
        var detection = Self.detection(settings, endpoints: count)
        var now = Instant(nanoseconds: 0)
        for _ in 0..<200 {
            var failures: [Int: UInt64] = [:]
            for port in 1...count { failures[port] = UInt64(dice.roll(101)) }
            detection.add(Self.counts(failures, of: count))
            now = now.advanced(by: settings.interval)
            let before = detection.ejected
            let isChanged = detection.intervalPassed(now: now, dice: dice.next())
            #expect(isChanged == (detection.ejected != before))
            // The last one may go over the share, as one always may.
            let most = (settings.maxEjectionPercent * count + 99) / 100
            #expect(detection.ejected.count <= max(1, most))
        }
        for _ in 0..<31 {
            now = now.advanced(by: settings.interval)
            _ = detection.intervalPassed(now: now, dice: 0)
        }
        #expect(detection.ejected.isEmpty)
    }

    // MARK: - Health

    @Test(
        "only SERVING serves",
        arguments: [(0, false), (1, true), (2, false), (3, false), (99, false)]
    )
    func health(status: UInt64, isHealthy: Bool) {
        var health = HealthState()
        #expect(health.isHealthy)
        health.answered(status)
        #expect(health.isHealthy == isHealthy)
    }

    @Test("UNIMPLEMENTED falls back from Watch to Check to taking it for healthy")
    func unimplemented() {
        var health = HealthState()
        let settings = BackOff.Settings()
        #expect(health.ended(.unimplemented, interval: 5, backOff: settings, dice: 0.5) == 0)
        #expect(health.method == .check)
        #expect(health.isHealthy)
        #expect(health.ended(.unimplemented, interval: 5, backOff: settings, dice: 0.5) == nil)
        #expect(health.method == .none)
        #expect(health.isHealthy)
    }

    @Test("a Check is asked again after its interval; what cannot be asked is not healthy")
    func checks() {
        var health = HealthState()
        let settings = BackOff.Settings()
        _ = health.ended(.unimplemented, interval: 5, backOff: settings, dice: 0.5)
        health.answered(1)
        #expect(health.ended(.ok, interval: 5, backOff: settings, dice: 0.5) == 5)
        #expect(health.isHealthy)
        #expect(
            health.ended(.unavailable, interval: 5, backOff: settings, dice: 0.5) == 100_000_000
        )
        #expect(!health.isHealthy)
        health.answered(1)
        #expect(health.isHealthy)
    }
}
