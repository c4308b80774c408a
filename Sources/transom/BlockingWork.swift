internal import Dispatch
internal import Synchronization

/// Work that blocks its thread: reading files, running protoc, planning.
enum BlockingWork {
    /// Runs `body` on a thread that nobody else waits for.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body()) }
        }
    }

    /// Runs `body` as ``run(_:)`` does, and lets it see when its task is cancelled.
    ///
    /// - Parameter body: asks what it is given, on any thread, whether it may end early.
    /// - Returns: what `body` does.
    static func runUntilCancelled<Result: Sendable>(
        _ body: @escaping @Sendable (_ isCancelled: @escaping @Sendable () -> Bool) -> Result
    ) async -> Result {
        let flag = Flag()
        return await withTaskCancellationHandler {
            await Self.run { body { flag.isSet.load(ordering: .relaxed) } }
        } onCancel: {
            flag.isSet.store(true, ordering: .relaxed)
        }
    }

    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }
}
