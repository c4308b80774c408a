internal import Dispatch
internal import Glibc

/// When it is time to look whether the configuration has changed: on SIGHUP, and every two seconds.
final class ReloadTriggers {
    /// One element for each look; those that nobody waits for become one.
    let looks: AsyncStream<Void>
    private let hangUps = SignalCount()
    private let sources: [any DispatchSourceProtocol]

    /// Seconds from one look at the files to the next.
    private static let interval = 2

    init() {
        let (looks, continuation) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        self.looks = looks
        let queue = DispatchQueue(label: "reload")
        // The default action would end the process before the source hears of it.
        signal(SIGHUP, SIG_IGN)
        let hangUp = DispatchSource.makeSignalSource(signal: SIGHUP, queue: queue)
        let timer = DispatchSource.makeTimerSource(queue: queue)
        self.sources = [hangUp, timer]
        hangUp.setEventHandler { [hangUps] in
            _ = hangUps.another()
            continuation.yield()
        }
        timer.schedule(
            deadline: .now() + .seconds(Self.interval),
            repeating: .seconds(Self.interval)
        )
        timer.setEventHandler { continuation.yield() }
        hangUp.resume()
        timer.resume()
    }

    /// Whether a SIGHUP has come since this was last asked.
    func takeHangUp() -> Bool {
        self.hangUps.take() > 0
    }
}
