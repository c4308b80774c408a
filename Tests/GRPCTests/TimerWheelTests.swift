internal import GRPC
internal import Testing

@Suite("Timer wheel")
struct TimerWheelTests {
    final class Timer: TimerEntry {
        let name: Int
        var fired: [Int64] = []
        var onFire: ((Timer) -> Void)?

        init(_ name: Int = 0) {
            self.name = name
            super.init()
        }

        override func expired(now: Instant) {
            self.fired.append(now.nanoseconds)
            self.onFire?(self)
        }
    }

    static func milliseconds(_ count: Int64) -> Instant {
        Instant(nanoseconds: count * 1_000_000)
    }

    @Test("nothing fires early, and all within a tick", arguments: [0, 5, 1_234_567])
    func never(start: Int64) {
        let delays: [Int64] = [
            1, 9, 10, 11, 630, 640, 650, 40_950, 40_960, 40_970, 2_621_440, 7_200_000,
        ]
        for delay in delays {
            let wheel = TimerWheel(now: Self.milliseconds(start))
            let timer = Timer()
            let deadline = start + delay
            wheel.arm(timer, at: Self.milliseconds(deadline))
            wheel.advance(to: Instant(nanoseconds: deadline * 1_000_000 - 1))
            #expect(timer.fired.isEmpty && timer.isArmed, "delay \(delay)")
            wheel.advance(to: Self.milliseconds(deadline + 10))
            #expect(timer.fired == [(deadline + 10) * 1_000_000], "delay \(delay)")
            #expect(!timer.isArmed && wheel.count == 0 && wheel.nextExpiry == nil)
        }
    }

    @Test("a deadline that has passed fires at the next tick")
    func passed() {
        let wheel = TimerWheel(now: Self.milliseconds(1000))
        let timer = Timer()
        wheel.arm(timer, at: Self.milliseconds(3))
        wheel.advance(to: Self.milliseconds(1000))
        #expect(timer.fired.isEmpty)
        wheel.advance(to: Self.milliseconds(1010))
        #expect(timer.fired.count == 1)
    }

    @Test("disarmed and moved timers fire as they should")
    func moved() {
        let wheel = TimerWheel(now: Self.milliseconds(0))
        let (gone, later, sooner) = (Timer(), Timer(), Timer())
        for timer in [gone, later, sooner] { wheel.arm(timer, at: Self.milliseconds(100)) }
        wheel.disarm(gone)
        wheel.disarm(gone)
        wheel.arm(later, at: Self.milliseconds(5000))
        wheel.arm(sooner, at: Self.milliseconds(20))
        #expect(wheel.count == 2)
        wheel.advance(to: Self.milliseconds(50))
        #expect(sooner.fired.count == 1)
        wheel.advance(to: Self.milliseconds(4990))
        #expect(later.fired.isEmpty)
        wheel.advance(to: Self.milliseconds(5000))
        #expect(later.fired.count == 1 && gone.fired.isEmpty)
    }

    @Test("timers may be armed and disarmed from within one that fires")
    func within() {
        let wheel = TimerWheel(now: Self.milliseconds(0))
        let (first, victim) = (Timer(1), Timer(2))
        wheel.arm(victim, at: Self.milliseconds(100))
        wheel.arm(first, at: Self.milliseconds(100))
        first.onFire = { timer in
            wheel.disarm(victim)
            if timer.fired.count < 3 { wheel.arm(timer, at: Self.milliseconds(100)) }
        }
        wheel.advance(to: Self.milliseconds(100))
        #expect(first.fired.count == 1 && victim.fired.isEmpty)
        wheel.advance(to: Self.milliseconds(110))
        wheel.advance(to: Self.milliseconds(5000))
        #expect(first.fired.count == 3 && wheel.count == 0)
    }

    @Test("waking at nextExpiry is enough and never goes on for ever")
    func waking() {
        let wheel = TimerWheel(now: Self.milliseconds(3))
        let timer = Timer()
        let deadline = Self.milliseconds(9_876_543)
        wheel.arm(timer, at: deadline)
        var wakes = 0
        while let next = wheel.nextExpiry, wakes < 100 {
            wheel.advance(to: next)
            wakes += 1
        }
        #expect(wakes <= 7 && timer.fired.count == 1)
        #expect(timer.fired[0] >= deadline.nanoseconds)
        #expect(timer.fired[0] < deadline.nanoseconds + 10_000_000)
    }

    @Test("the ends of the clock do no harm")
    func ends() {
        let wheel = TimerWheel(now: Instant(nanoseconds: .min))
        let timer = Timer()
        wheel.arm(timer, at: Instant(nanoseconds: .max))
        wheel.advance(to: Instant(nanoseconds: .max - 10_000_000))
        #expect(timer.fired.isEmpty && wheel.nextExpiry == Instant(nanoseconds: .max))
        wheel.arm(timer, at: Instant(nanoseconds: .min))
        wheel.advance(to: Instant(nanoseconds: .max))
        #expect(timer.fired.count == 1)
        wheel.advance(to: Instant(nanoseconds: 0))
        #expect(wheel.count == 0)
    }

    @Test("it does what a sorted list does", arguments: 0..<20)
    func oracle(seed: Int) {
        var dice = Dice(state: UInt64(seed))
        var now = Int64(dice.next() % 1_000_000_000_000)
        let wheel = TimerWheel(now: Instant(nanoseconds: now))
        let timers = (0..<200).map { Timer($0) }
        var due: [Int: Int64] = [:]
        for _ in 0..<400 {
            for _ in 0..<Int(dice.next() % 10) {
                let timer = timers[Int(dice.next() % 200)]
                if dice.next() % 4 == 0 {
                    wheel.disarm(timer)
                    due[timer.name] = nil
                } else {
                    let delay = Int64(dice.next() % (1 << (20 + dice.next() % 22)))
                    wheel.arm(timer, at: Instant(nanoseconds: now + delay))
                    due[timer.name] = now + delay
                }
            }
            now += Int64(dice.next() % (1 << (20 + dice.next() % 18)))
            var fired: [Int] = []
            wheel.advance(to: Instant(nanoseconds: now)) { entry in
                guard let timer = entry as? Timer else { return }
                fired.append(timer.name)
            }
            for name in fired {
                #expect((due.removeValue(forKey: name) ?? .max) <= now)
            }
            // One that is due by a whole tick (and was not armed late) has fired.
            #expect(due.values.allSatisfy { $0 > now - 20_000_000 })
            #expect(wheel.count == due.count)
        }
    }

    @Test("an entry outlives its wheel")
    func outlives() {
        let timer = Timer()
        do {
            let wheel = TimerWheel(now: Self.milliseconds(0))
            wheel.arm(timer, at: Self.milliseconds(100))
        }
        #expect(!timer.isArmed)
    }
}
