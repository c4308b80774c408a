internal import BackendChannel
internal import NIOCore
internal import Schema

/// The reflections of all backends, on their one event loop.
final class ReflectionDesk {
    /// How often it is looked whether it is time to ask, in milliseconds.
    private static let tick: Int64 = 500

    private let eventLoop: any EventLoop
    private let limits: ReflectionLimits
    private let states: ReflectionStates
    private var reflections: [String: BackendReflection] = [:]
    private var timer: RepeatedTask?

    init(eventLoop: any EventLoop, limits: ReflectionLimits, states: ReflectionStates) {
        self.eventLoop = eventLoop
        self.limits = limits
        self.states = states
    }

    /// Asks these backends, all at once, and forgets others.
    ///
    /// - Parameter requests: one for each backend.
    /// - Returns: how each ended, in their order; never a failure of the future.
    func ask(_ requests: [ReflectionRequest]) -> EventLoopFuture<[ReflectionCall.Ending]> {
        let names = Set(requests.map(\.backend.name))
        for (name, reflection) in self.reflections where !names.contains(name) {
            self.reflections[name] = nil
            _ = reflection.close()
        }
        let futures = requests.map { request in
            let promise = self.eventLoop.makePromise(of: ReflectionCall.Ending.self)
            self.reflection(request).ask { promise.succeed($0) }
            return promise.futureResult
        }
        return EventLoopFuture.whenAllSucceed(futures, on: self.eventLoop)
    }

    private func reflection(_ request: ReflectionRequest) -> BackendReflection {
        let name = request.backend.name
        if let known = self.reflections[name] {
            if known.request.isSameBackend(as: request) {
                known.request = request
                return known
            }
            _ = known.close()
        }
        let made = BackendReflection(
            request,
            limits: self.limits,
            states: self.states,
            eventLoop: self.eventLoop
        )
        self.reflections[name] = made
        return made
    }

    /// Asks again by a schedule, from now on.
    ///
    /// - Parameters:
    ///   - refresh: in nanoseconds; 0 is never.
    ///   - known: what the gateway goes by now.
    ///   - listener: who is told.
    func watch(
        refresh: Int64,
        known: [ReflectedSchema],
        _ listener: BackendReflection.Listener
    ) {
        for (name, reflection) in self.reflections {
            reflection.watch(
                refresh: refresh,
                known: known.first { $0.backend == name },
                listener
            )
        }
        guard self.timer == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.timer = self.eventLoop.scheduleRepeatedTask(
            initialDelay: .milliseconds(Self.tick),
            delay: .milliseconds(Self.tick)
        ) { _ in
            for reflection in bound.value.reflections.values { reflection.tick() }
        }
    }

    /// Ends everything.
    func close() -> EventLoopFuture<Void> {
        self.timer?.cancel()
        self.timer = nil
        let futures = self.reflections.values.map { $0.close() }
        self.reflections = [:]
        return EventLoopFuture.andAllComplete(futures, on: self.eventLoop)
    }
}
