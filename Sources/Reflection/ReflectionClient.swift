internal import NIOCore
internal import NIOPosix
package import Schema

/// Asks backends for their schema by gRPC server reflection, on a thread of its own.
///
/// The loops that serve requests have no part in it: a schema may be large, and to take it apart
/// would hold them up.
package final class ReflectionClient: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let desk: NIOLoopBound<ReflectionDesk>

    /// Starts the thread, which ``close()`` ends; nothing is asked yet.
    ///
    /// - Parameters:
    ///   - states: kept up to date with which backends reflect.
    ///   - limits: what the reflection of each backend may cost.
    /// - Throws: what NIO says of a loop that has ended, which this one has not.
    package init(
        states: ReflectionStates,
        limits: ReflectionLimits = ReflectionLimits()
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        self.group = group
        self.desk = try await loop.submit {
            let desk = ReflectionDesk(eventLoop: loop, limits: limits, states: states)
            return NIOLoopBound(desk, eventLoop: loop)
        }.get()
    }

    /// Asks backends, all at once.
    ///
    /// - Parameter requests: one for each backend.
    /// - Returns: what each said, or why it did not, in the order of the requests.
    package func ask(
        _ requests: [ReflectionRequest]
    ) async -> [Result<ReflectedAnswer, ReflectionFailure>] {
        let desk = self.desk
        let answers = desk.eventLoop.flatSubmit { desk.value.ask(requests) }
        return (try? await answers.get())
            ?? requests.map { _ in .failure(ReflectionFailure(message: "was not asked")) }
    }

    /// Asks the backends of the last ``ask(_:)`` again from now on; replaces what was said before.
    ///
    /// - Parameters:
    ///   - refresh: how often, besides after the loss of a connection; zero is never at all.
    ///   - known: what the gateway goes by now.
    ///   - changed: told the name of a backend whose schema is another one than was known.
    ///   - tell: takes a line for the operator.
    package func watch(
        refresh: Duration,
        known: [ReflectedSchema],
        changed: @escaping @Sendable (String) -> Void,
        tell: @escaping @Sendable (String) -> Void
    ) {
        let (seconds, attoseconds) = refresh.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        let desk = self.desk
        desk.eventLoop.execute {
            desk.value.watch(
                refresh: nanoseconds,
                known: known,
                BackendReflection.Listener(changed: changed, tell: tell)
            )
        }
    }

    /// Closes the connections and ends the thread.
    package func close() async {
        let desk = self.desk
        try? await desk.eventLoop.flatSubmit { desk.value.close() }.get()
        try? await self.group.shutdownGracefully()
    }
}
