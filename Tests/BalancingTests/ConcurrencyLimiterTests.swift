internal import Balancing
internal import GRPC
internal import Testing

/// A backend that serves so many calls at once and has the others wait, and clients in front of it
/// that try again as soon as they have an answer; in microseconds.
private struct Queue {
    /// How long a call is served.
    var service: Int64
    /// Calls served at once.
    var servers: Int
    var clients: Int
    var limiter: ConcurrencyLimiter
    private(set) var now: Int64 = 0
    private var waiting: [Int64] = []
    private var serving: [(began: Int64, ends: Int64)] = []
    private(set) var served = 0
    private(set) var refused = 0
    /// How long the calls took that ended since this was last taken.
    private(set) var latencies: [Int64] = []

    init(
        service: Int64 = 10_000,
        servers: Int,
        clients: Int,
        _ settings: ConcurrencyLimiter.Settings = ConcurrencyLimiter.Settings()
    ) {
        self.service = service
        self.servers = servers
        self.clients = clients
        self.limiter = ConcurrencyLimiter(settings, now: Instant(nanoseconds: 0))
    }

    /// Lives for a time, in steps of half a millisecond.
    mutating func lives(_ milliseconds: Int64) {
        self.served = 0
        self.refused = 0
        self.latencies = []
        let end = self.now + milliseconds * 1000
        while self.now < end {
            self.now += 500
            for call in self.serving where call.ends <= self.now {
                self.limiter.callEnded(began: Self.instant(call.began), now: Self.instant(self.now))
                self.served += 1
                self.latencies.append(self.now - call.began)
            }
            self.serving.removeAll { $0.ends <= self.now }
            for _ in 0..<max(0, self.clients - self.waiting.count - self.serving.count) {
                guard self.limiter.hasRoom else {
                    self.refused += 1
                    continue
                }
                self.limiter.callBegan()
                self.waiting.append(self.now)
            }
            while self.serving.count < self.servers, !self.waiting.isEmpty {
                self.serving.append((self.waiting.removeFirst(), self.now + self.service))
            }
        }
    }

    var median: Int64 { self.latencies.sorted()[self.latencies.count / 2] }

    private static func instant(_ microseconds: Int64) -> Instant {
        Instant(nanoseconds: microseconds * 1000)
    }
}

@Suite struct ConcurrencyLimiterTests {
    @Test("a backend that keeps up is limited no more than its load")
    func keepsUp() {
        var queue = Queue(servers: 1000, clients: 200)
        queue.lives(3000)
        queue.lives(5000)
        #expect(queue.refused == 0 && queue.limiter.limit >= 200)
        #expect(queue.limiter.inFlight <= 200)
        #expect(queue.served > 200 * 5000 / 11)
    }

    @Test("of an overload as much is admitted as the backend can do, in little more than its time")
    func overload() {
        var queue = Queue(servers: 50, clients: 400)
        queue.lives(5000)
        queue.lives(20_000)
        #expect((50...120).contains(queue.limiter.limit), "\(queue.limiter.limit)")
        // 50 calls in 10 ms, of which the simulation's steps take some.
        #expect(queue.served > 50 * 20_000 / 11 * 9 / 10, "\(queue.served)")
        #expect(queue.median < 22_000, "\(queue.median)")
        #expect(queue.refused > 0)
    }

    @Test("without a limiter the same overload queues for eight times as long")
    func unlimited() {
        let settings = ConcurrencyLimiter.Settings(least: 1000, most: 1000)
        var queue = Queue(servers: 50, clients: 400, settings)
        queue.lives(5000)
        #expect(queue.median > 75_000)
    }

    @Test("a backend that loses half of its servers is given half as much, and more again later")
    func recovers() {
        var queue = Queue(servers: 100, clients: 400)
        queue.lives(10_000)
        let before = queue.limiter.limit
        #expect(before >= 100)
        queue.servers = 30
        queue.lives(5000)
        let during = queue.limiter.limit
        #expect(during < before * 2 / 3, "\(before) \(during)")
        #expect(queue.median < 30_000, "\(queue.median)")
        queue.servers = 100
        queue.lives(5000)
        #expect(queue.limiter.limit > during && queue.limiter.limit >= 100)
        #expect(queue.served > 100 * 5000 / 11 * 8 / 10)
    }

    @Test("a backend that has become slower for good is measured anew and gets its calls")
    func slower() {
        var queue = Queue(servers: 100, clients: 90)
        queue.lives(10_000)
        queue.service = 40_000
        queue.lives(60_000)
        queue.lives(10_000)
        #expect(queue.refused == 0, "\(queue.refused) \(queue.limiter.limit)")
        #expect(queue.limiter.limit >= 90)
    }

    @Test("what was measured under an overload is corrected")
    func busyAtFirst() {
        var queue = Queue(servers: 20, clients: 1000, ConcurrencyLimiter.Settings(least: 200))
        queue.lives(1000)
        var lower = Queue(servers: 100, clients: 1000, ConcurrencyLimiter.Settings(least: 20))
        lower.lives(60_000)
        #expect((80...250).contains(lower.limiter.limit), "\(lower.limiter.limit)")
        #expect(queue.limiter.limit >= 200, "the least is kept whatever the latency")
    }

    @Test("a limit that is not used does not rise")
    func unused() {
        var queue = Queue(servers: 1000, clients: 5)
        queue.lives(10_000)
        #expect(queue.limiter.limit == 16 && queue.refused == 0)
    }

    @Test("the limit stays between least and most", arguments: [(1, 1), (3, 7), (50, 50)])
    func bounds(least: Int, most: Int) {
        let settings = ConcurrencyLimiter.Settings(least: least, most: most)
        var fast = Queue(servers: 1000, clients: 400, settings)
        fast.lives(3000)
        #expect(fast.limiter.limit == most)
        var slow = Queue(servers: 1, clients: 400, settings)
        for _ in 0..<20 {
            slow.lives(1000)
            #expect((least...most).contains(slow.limiter.limit))
        }
    }

    @Test("numbers outside their ranges are moved into them")
    func settings() {
        let settings = ConcurrencyLimiter.Settings(
            least: 0,
            most: -1,
            window: 0,
            tolerance: -1,
            remeasure: 0
        )
        #expect(settings.least == 1 && settings.most == 1 && settings.window == 1_000_000)
        #expect(settings.tolerance == 0 && settings.remeasure == 1_000_000)
    }

    @Test("calls that say nothing change nothing but the count")
    func uncounted() {
        var limiter = ConcurrencyLimiter(
            ConcurrencyLimiter.Settings(),
            now: Instant(nanoseconds: 0)
        )
        for step in 0..<1000 {
            limiter.callBegan()
            limiter.callEnded(began: nil, now: Instant(nanoseconds: Int64(step) * 10_000_000))
        }
        #expect(limiter.limit == 16 && limiter.inFlight == 0)
    }

    @Test("whatever happens, the count is right and the limit within its bounds", arguments: 0..<50)
    func random(seed: UInt64) {
        var dice = DiceSequence(seed)
        let least = 1 + dice.index(below: 20)
        let settings = ConcurrencyLimiter.Settings(
            least: least,
            most: least + dice.index(below: 500),
            window: Int64(1 + dice.index(below: 200)) * 1_000_000,
            remeasure: Int64(1 + dice.index(below: 2000)) * 1_000_000
        )
        var limiter = ConcurrencyLimiter(settings, now: Instant(nanoseconds: 0))
        var running: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<5000 {
            now += Int64(dice.index(below: 2_000_000))
            if dice.index(below: 2) == 0, limiter.hasRoom {
                limiter.callBegan()
                running.append(now)
            } else if !running.isEmpty {
                let began = running.remove(at: dice.index(below: running.count))
                limiter.callEnded(
                    began: dice.index(below: 10) == 0 ? nil : Instant(nanoseconds: began),
                    now: Instant(nanoseconds: now)
                )
            }
            #expect(limiter.inFlight == running.count)
            #expect(limiter.hasRoom == (running.count < limiter.limit))
            #expect((settings.least...settings.most).contains(limiter.limit))
        }
    }
}
