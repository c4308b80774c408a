internal import BackendChannel
internal import Exchanges
internal import NIOCore

/// The streams that run on one event loop, and what they hold together.
///
/// Each stream is bounded by itself: one message and one window of each side. So many of them may
/// still be too much; a look at all of them ten times a second finds it, and the one that holds the
/// most is ended.
final class StreamTable {
    private var streams: [StreamRunner] = []
    /// Bytes that all streams of this loop may hold together.
    var limit: Int
    private let eventLoop: any EventLoop
    private var looking: RepeatedTask?

    /// Makes a table.
    ///
    /// - Parameters:
    ///   - limit: bytes that all streams of this loop may hold together.
    ///   - eventLoop: whose streams they are.
    init(limit: Int, eventLoop: any EventLoop) {
        self.limit = limit
        self.eventLoop = eventLoop
    }

    /// How many run.
    var count: Int { self.streams.count }

    /// Bytes held for all of them.
    var heldBytes: Int { self.streams.reduce(0) { $0 + $1.heldBytes } }

    func add(_ stream: StreamRunner) {
        stream.listIndex = self.streams.count
        self.streams.append(stream)
        guard self.looking == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.looking = self.eventLoop.scheduleRepeatedTask(
            initialDelay: .milliseconds(100),
            delay: .milliseconds(100)
        ) { _ in
            bound.value.look()
        }
    }

    func remove(_ stream: StreamRunner) {
        let index = stream.listIndex
        guard self.streams.indices.contains(index), self.streams[index] === stream else { return }
        stream.listIndex = -1
        let last = self.streams.removeLast()
        guard last !== stream else { return }
        self.streams[index] = last
        last.listIndex = index
    }

    /// Ends all streams because the gateway stops, each with the last element of its form.
    func shutDown() {
        // Backwards: the place of one that ends is taken by the last, which has ended.
        for index in self.streams.indices.reversed() where index < self.streams.count {
            self.streams[index].shutDown()
        }
    }

    /// Ends the stream that holds the most, if all together hold too much.
    private func look() {
        guard !self.streams.isEmpty else {
            self.looking?.cancel()
            self.looking = nil
            return
        }
        var sum = 0
        var most = 0
        var largest: StreamRunner?
        for stream in self.streams {
            let held = stream.heldBytes
            sum += held
            guard held > most else { continue }
            most = held
            largest = stream
        }
        if sum > self.limit { largest?.end(Failures.bufferedTooMuch) }
    }
}
