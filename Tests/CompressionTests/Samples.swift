internal import Bytes
internal import Compression
internal import Foundation

/// Content for the tests, from a fixed seed.
enum Samples {
    /// Text like the gateway's answers.
    static func json(items: Int) -> [UInt8] {
        var text = "{\"items\":["
        for index in 0..<items {
            text += index == 0 ? "" : ","
            text +=
                "{\"id\":\"\(index * 7919)\",\"name\":\"item \(index)\",\"active\":\(index % 3 == 0)}"
        }
        return Array((text + "]}").utf8)
    }

    /// Bytes that no coding makes smaller.
    static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var generator = SplitMix(seed: seed)
        return (0..<count).map { _ in generator.byte() }
    }

    static let zeros = [UInt8](repeating: 0, count: 10 << 20)
}

/// A small generator with a fixed seed, so that a failure can be repeated.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func below(_ bound: Int) -> Int {
        Int(self.next() % UInt64(bound))
    }

    mutating func byte() -> UInt8 {
        UInt8(truncatingIfNeeded: self.next())
    }
}

let wide = DecodingLimits(output: 64 << 20, ratio: .max)

/// Lends bytes with the error's type kept, which `Array.withUnsafeBytes` loses.
func lend(
    _ bytes: [UInt8],
    to body: (UnsafeRawBufferPointer) throws(CodingError) -> Void
) throws(CodingError) {
    var buffer = OutputBuffer(capacity: bytes.count)
    buffer.append(bytes)
    try buffer.withUnsafeBytes(body)
}

func compress(_ bytes: [UInt8], _ coding: Coding, level: Int32? = nil) throws -> [UInt8] {
    var output = OutputBuffer()
    let compressor = try Compressor(coding: coding, level: level)
    try lend(bytes) { (bytes) throws(CodingError) in
        try compressor.encode(whole: bytes, into: &output)
    }
    return output.bytes()
}

func decompress(
    _ bytes: [UInt8],
    _ coding: Coding,
    limits: DecodingLimits = wide,
    step: Int = .max
) throws(CodingError) -> [UInt8] {
    let decompressor = try Decompressor(coding: coding, limits: limits)
    var output = OutputBuffer()
    try feed(bytes, to: decompressor, step: step, into: &output)
    try decompressor.finish()
    return output.bytes()
}

func feed(
    _ bytes: [UInt8],
    to decompressor: Decompressor,
    step: Int = .max,
    into output: inout OutputBuffer
) throws(CodingError) {
    var start = 0
    while start < bytes.count {
        let end = start + min(step, bytes.count - start)
        try lend(Array(bytes[start..<end])) { (part) throws(CodingError) in
            try decompressor.append(part, into: &output)
        }
        start = end
    }
}

/// Runs a program of the system with `input`; nil where there is none, or it fails.
func run(_ program: String, _ arguments: [String], _ input: [UInt8]) throws -> [UInt8]? {
    guard FileManager.default.isExecutableFile(atPath: program) else {
        print("SKIPPED: no \(program)")
        return nil
    }
    // By way of a file: a pipe would fill while nobody reads the other.
    let file = FileManager.default.temporaryDirectory
        .appendingPathComponent("compression-\(UUID().uuidString)")
    try Data(input).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: file)
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? Array(output) : nil
}
