internal import Dispatch
internal import Glibc

/// SIGTERM and SIGINT as something to wait for; a second one ends the process at once.
final class StopSignals {
    private let stream: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let queue = DispatchQueue(label: "signals")
        var sources: [any DispatchSourceSignal] = []
        let count = SignalCount()
        for number in [SIGTERM, SIGINT] {
            // The default action would end the process before the source hears of it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if count.another() > 1 { _exit(128 + number) }
                continuation.yield()
            }
            source.resume()
            sources.append(source)
        }
        self.stream = stream
        self.sources = sources
    }

    /// Returns when the first signal has come.
    func wait() async {
        for await _ in self.stream { return }
    }
}
