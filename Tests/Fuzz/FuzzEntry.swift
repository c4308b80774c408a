internal import Glibc

/// The target of this process, named by the environment variable `TRANSOM_FUZZ`.
///
/// `nonisolated(unsafe)`: libFuzzer calls `testOneInput` from one thread, and nothing else reads
/// it.
private nonisolated(unsafe) let target: any FuzzTarget = {
    let name = getenv("TRANSOM_FUZZ").map { String(cString: $0) } ?? ""
    guard let make = FuzzTargets.all[name] else {
        fatalError("expected a target's name in TRANSOM_FUZZ, found '\(name)'; see .ci/fuzz")
    }
    return make()
}()

/// The entry of libFuzzer, called with one input after the other.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.run(UnsafeRawBufferPointer(start: start, count: count))
    return 0
}
