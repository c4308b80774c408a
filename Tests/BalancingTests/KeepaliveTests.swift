internal import Balancing
internal import GRPC
internal import Testing

@Suite struct KeepaliveTests {
    private static func at(_ seconds: Int64) -> Instant {
        Instant(nanoseconds: seconds * 1_000_000_000)
    }

    private static let settings = Keepalive.Settings(interval: 30_000_000_000)

    @Test(
        "the interval is at least ten seconds",
        arguments: [(-5, 10), (0, 10), (9, 10), (11, 11)]
    )
    func leastInterval(seconds: Int64, kept: Int64) {
        let settings = Keepalive.Settings(interval: seconds * 1_000_000_000)
        #expect(settings.interval == kept * 1_000_000_000)
        #expect(settings.timeout == 20_000_000_000)
    }

    @Test("too many pings double the interval, to two hours at most")
    func doubles() {
        var settings = Self.settings
        settings.double()
        #expect(settings.interval == 60_000_000_000)
        for _ in 0..<80 { settings.double() }
        #expect(settings.interval == 7_200_000_000_000)
    }

    @Test("a connection that is read from is not pinged; a silent one is, and lives by any byte")
    func pings() {
        var keepalive = Keepalive(settings: Self.settings)
        #expect(
            keepalive.timePassed(lastRead: Self.at(0), hasCalls: true, now: Self.at(0))
                == .wait(until: Self.at(30))
        )
        #expect(
            keepalive.timePassed(lastRead: Self.at(25), hasCalls: true, now: Self.at(30))
                == .wait(until: Self.at(55))
        )
        #expect(
            keepalive.timePassed(lastRead: Self.at(25), hasCalls: true, now: Self.at(55))
                == .ping(until: Self.at(75))
        )
        #expect(
            keepalive.timePassed(lastRead: Self.at(25), hasCalls: true, now: Self.at(70))
                == .wait(until: Self.at(75))
        )
        #expect(
            keepalive.timePassed(lastRead: Self.at(56), hasCalls: true, now: Self.at(75))
                == .wait(until: Self.at(86))
        )
        #expect(keepalive.pings == 1)
    }

    @Test("a connection that answers nothing within the timeout is given up, not before")
    func givesUp() {
        var keepalive = Keepalive(settings: Self.settings)
        _ = keepalive.timePassed(lastRead: Self.at(0), hasCalls: true, now: Self.at(30))
        #expect(
            keepalive.timePassed(lastRead: Self.at(0), hasCalls: false, now: Self.at(49))
                == .wait(until: Self.at(50))
        )
        #expect(
            keepalive.timePassed(lastRead: Self.at(0), hasCalls: false, now: Self.at(50)) == .giveUp
        )
    }

    @Test("without calls nothing is sent, and the first call after that pings at once")
    func rests() {
        var keepalive = Keepalive(settings: Self.settings)
        #expect(
            keepalive.timePassed(lastRead: Self.at(0), hasCalls: false, now: Self.at(30)) == .rest
        )
        #expect(keepalive.isResting)
        #expect(
            keepalive.callBegan(lastRead: Self.at(0), now: Self.at(100))
                == .ping(until: Self.at(120))
        )
        #expect(!keepalive.isResting)
        // A second call sends no second ping.
        #expect(keepalive.callBegan(lastRead: Self.at(0), now: Self.at(101)) == .rest)
        #expect(keepalive.pings == 1)
    }

    @Test("where it is asked for, a connection without calls is pinged too")
    func withoutCalls() {
        var keepalive = Keepalive(
            settings: Keepalive.Settings(interval: 30_000_000_000, withoutCalls: true)
        )
        #expect(
            keepalive.timePassed(lastRead: Self.at(0), hasCalls: false, now: Self.at(30))
                == .ping(until: Self.at(50))
        )
    }
}
