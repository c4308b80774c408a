internal import Dispatch
internal import Glibc

/// When it is time to look whether the configuration has changed: every two seconds, and on SIGHUP
/// and other orders, which are to be obeyed whether the files have changed or not.
final class ReloadTriggers {
    /// One element for each look; those that nobody waits for become one.
    let looks: AsyncStream<Void>
    /// Orders a reload; may be called on any thread.
    let order: @Sendable () -> Void
    private let orders = SignalCount()
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
        self.order = { [orders] in
            _ = orders.another()
            continuation.yield()
        }
        hangUp.setEventHandler(handler: self.order)
        timer.schedule(
            deadline: .now() + .seconds(Self.interval),
            repeating: .seconds(Self.interval)
        )
        timer.setEventHandler { continuation.yield() }
        hangUp.resume()
        timer.resume()
    }

    /// Whether a reload was ordered since this was last asked.
    func takeOrder() -> Bool {
        self.orders.take() > 0
    }
}
