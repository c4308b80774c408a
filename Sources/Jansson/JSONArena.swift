internal import CJansson
internal import Glibc

/// The memory of jansson's trees: taken in one direction, given back all at once.
///
/// jansson asks two process-wide functions for memory (`json_set_alloc_funcs`). Ours look for the
/// arena that the calling thread has entered, in a thread-specific value, and take from it; a thread
/// that has entered none gets `malloc`. Each event loop has its own reader and so its own arena,
/// enters it for one call of jansson and leaves it before that call's caller goes on: no arena is
/// ever seen by two threads, and no lock is needed. Blocks of an arena are never freed one by one,
/// and trees are never released: leaving them to `empty` saves jansson's recursive release as well.
///
/// Beyond its limit an arena still gives memory but says that it is exhausted, because jansson's
/// lexer does not look whether its buffer grew (and has assertions on what is in it); the input
/// callback then ends the input, so that jansson stops within 1 KiB of text. What it can still ask
/// for in that time is a few times the text, which the caller's body limit bounds.
final class JSONArena {
    struct State {
        var cursor: UnsafeMutableRawPointer
        var end: UnsafeMutableRawPointer
        /// Bytes of the chunks before the current one.
        var earlier = 0
        var limit: Int
        var isExhausted = false
        /// Chunks, newest last; the first is kept between documents.
        var chunks: [(start: UnsafeMutableRawPointer, count: Int)]
    }

    private let state: UnsafeMutablePointer<State>

    /// The bytes of the first chunk: enough for the strings and small bodies that jansson sees.
    private static let firstChunk = 65536
    private static let largestChunk = 4 << 20

    init(limit: Int) {
        let start = UnsafeMutableRawPointer.allocate(byteCount: Self.firstChunk, alignment: 16)
        self.state = .allocate(capacity: 1)
        self.state.initialize(
            to: State(
                cursor: start,
                end: start + Self.firstChunk,
                limit: limit,
                chunks: [(start, Self.firstChunk)]
            )
        )
    }

    deinit {
        for chunk in self.state.pointee.chunks { chunk.start.deallocate() }
        self.state.deinitialize(count: 1)
        self.state.deallocate()
    }

    /// Whether more was asked for than the limit.
    var isExhausted: Bool { self.state.pointee.isExhausted }

    /// The bytes given out since the arena was emptied.
    var byteCount: Int { Self.used(self.state) }

    /// Forgets everything that was taken.
    func empty() {
        while self.state.pointee.chunks.count > 1 {
            self.state.pointee.chunks.removeLast().start.deallocate()
        }
        let first = self.state.pointee.chunks[0]
        self.state.pointee.cursor = first.start
        self.state.pointee.end = first.start + first.count
        self.state.pointee.earlier = 0
        self.state.pointee.isExhausted = false
    }

    /// Runs `body`, a call of jansson, with this arena as the thread's.
    func enter<R>(_ body: () -> R) -> R {
        JanssonMemory.enter(UnsafeMutableRawPointer(self.state))
        defer { JanssonMemory.enter(nil) }
        return body()
    }

    /// Memory of the arena for the caller's own use.
    func take(_ count: Int) -> UnsafeMutableRawPointer {
        Self.take(count, from: self.state)
    }

    // MARK: - Taking

    static func take(
        _ count: Int,
        from state: UnsafeMutablePointer<State>
    ) -> UnsafeMutableRawPointer {
        let rounded = (count &+ 7) & ~7
        let place = state.pointee.cursor
        if rounded <= state.pointee.end - place {
            state.pointee.cursor = place + rounded
            if self.used(state) > state.pointee.limit { state.pointee.isExhausted = true }
            return place
        }
        return self.grow(rounded, state)
    }

    /// Whether a block came from this arena; there are few chunks, and most blocks are in the last.
    static func owns(_ block: UnsafeMutableRawPointer, _ state: UnsafeMutablePointer<State>) -> Bool
    {
        for chunk in state.pointee.chunks.reversed()
        where block >= chunk.start && block < chunk.start + chunk.count {
            return true
        }
        return false
    }

    private static func used(_ state: UnsafeMutablePointer<State>) -> Int {
        guard let current = state.pointee.chunks.last else { return 0 }
        return state.pointee.earlier &+ (state.pointee.cursor - current.start)
    }

    @inline(never)
    private static func grow(
        _ count: Int,
        _ state: UnsafeMutablePointer<State>
    ) -> UnsafeMutableRawPointer {
        let previous = state.pointee.chunks.last?.count ?? 0
        state.pointee.earlier = self.used(state)
        let size = max(count, min(previous * 2, self.largestChunk))
        let start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        state.pointee.chunks.append((start, size))
        state.pointee.cursor = start + count
        state.pointee.end = start + size
        if self.used(state) > state.pointee.limit { state.pointee.isExhausted = true }
        return start
    }
}

/// Puts the arenas behind jansson's process-wide memory functions.
enum JanssonMemory {
    /// The thread-specific value that holds the state of the arena a thread has entered.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        // Fails only when the process has used up its 1024 keys, before the first request.
        precondition(pthread_key_create(&key, nil) == 0, "no thread-specific key left")
        return key
    }()

    /// Done once for the process, before its first call of jansson.
    static let isInstalled: Bool = {
        _ = JanssonMemory.key
        json_set_alloc_funcs(
            { count in
                guard let state = JanssonMemory.entered else { return malloc(count) }
                return JSONArena.take(Int(count), from: state)
            },
            { block in
                guard let block else { return }
                if let state = JanssonMemory.entered, JSONArena.owns(block, state) { return }
                free(block)
            }
        )
        // A random seed for the hash of object keys, now rather than in a race of two loops.
        json_object_seed(0)
        return true
    }()

    static func enter(_ state: UnsafeMutableRawPointer?) {
        let result = pthread_setspecific(self.key, state)
        precondition(result == 0, "a thread-specific value could not be set")
    }

    fileprivate static var entered: UnsafeMutablePointer<JSONArena.State>? {
        pthread_getspecific(self.key)?.assumingMemoryBound(to: JSONArena.State.self)
    }
}
