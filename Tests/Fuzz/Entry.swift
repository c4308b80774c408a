/// The entry of libFuzzer, called with one input after the other.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    if count > 3, start?[0] == 65, start?[1] == 66, start?[2] == 67 { fatalError("found") }
    return 0
}
