internal import GRPC
internal import Testing

@testable internal import Reflection

@Suite("When a backend is asked for its schema again")
struct ReflectionScheduleTests {
    private static let second: Int64 = 1_000_000_000

    private func at(_ seconds: Double) -> Instant {
        Instant(nanoseconds: Int64(seconds * 1e9))
    }

    @Test("every so often, a tenth earlier at most")
    func refresh() {
        var schedule = ReflectionSchedule(refresh: 100 * Self.second)
        #expect(!schedule.isDue(self.at(1000)))
        schedule.asked(.unchanged, now: self.at(0), dice: 1)
        #expect(schedule.next == self.at(100))
        schedule.asked(.changed, now: self.at(0), dice: 0)
        #expect(schedule.next == self.at(90))
        #expect(!schedule.isDue(self.at(89.9)) && schedule.isDue(self.at(90)))
    }

    @Test("never, when refresh is 0")
    func never() {
        var schedule = ReflectionSchedule(refresh: 0)
        schedule.asked(.failed, now: self.at(0), dice: 0.5)
        schedule.connectionLost(now: self.at(1), dice: 0.5)
        schedule.asked(.unchanged, now: self.at(2), dice: 0.5)
        #expect(schedule.next == nil)
    }

    @Test("soon after a loss, later after each that brought nothing new")
    func losses() {
        var schedule = ReflectionSchedule(refresh: 1000 * Self.second)
        schedule.asked(.unchanged, now: self.at(0), dice: 0.5)
        schedule.connectionLost(now: self.at(10), dice: 0.5)
        #expect(schedule.next == self.at(10.5))
        schedule.asked(.unchanged, now: self.at(10.5), dice: 1)
        #expect(schedule.next == self.at(1010.5))
        schedule.connectionLost(now: self.at(20), dice: 0.5)
        #expect(schedule.next == self.at(21))
        schedule.asked(.unchanged, now: self.at(21), dice: 1)
        for _ in 0..<20 {
            schedule.connectionLost(now: self.at(30), dice: 0.5)
            schedule.asked(.unchanged, now: self.at(30), dice: 1)
        }
        schedule.connectionLost(now: self.at(30), dice: 0.5)
        #expect(schedule.next == self.at(90))
        schedule.asked(.changed, now: self.at(90), dice: 1)
        schedule.connectionLost(now: self.at(100), dice: 0.5)
        #expect(schedule.next == self.at(100.5))
    }

    @Test("a loss does not put off what is due earlier")
    func earlier() {
        var schedule = ReflectionSchedule(refresh: Self.second)
        schedule.asked(.unchanged, now: self.at(0), dice: 1)
        schedule.connectionLost(now: self.at(0.9), dice: 0.5)
        #expect(schedule.next == self.at(1))
    }

    @Test("after a failure again soon, then later")
    func failures() {
        var schedule = ReflectionSchedule(refresh: 1000 * Self.second)
        var waits: [Int64] = []
        for _ in 0..<9 {
            schedule.asked(.failed, now: self.at(0), dice: 0.5)
            waits.append((schedule.next?.nanoseconds ?? 0) / Self.second)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60, 60])
        schedule.asked(.unchanged, now: self.at(0), dice: 1)
        schedule.asked(.failed, now: self.at(0), dice: 0.5)
        #expect(schedule.next == self.at(1))
    }
}
