internal import Dispatch

/// Work that blocks its thread: reading files, running protoc, planning.
enum BlockingWork {
    /// Runs `body` on a thread that nobody else waits for.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body()) }
        }
    }
}
