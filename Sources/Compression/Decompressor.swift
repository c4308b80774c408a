public import Bytes

/// Undoes a coding, as the bytes arrive, within limits.
///
/// The content is not trusted: what comes out is bounded in bytes and by its ratio to what went in,
/// the output grows in steps of at most 16 KiB, and nothing is decoded beyond the limit, not even to
/// be thrown away. A stream that is cut short is an error, and so are bytes behind its end. Several
/// gzip members, or zstd frames, one behind the other are one stream, as their formats have it;
/// Brotli has no such thing.
///
/// The library's own memory is the format's window: 32 KiB for gzip, as much as has been decoded up
/// to 8 MiB for zstd and 16 MiB for br. After an error nothing but `reset` works.
public final class Decompressor {
    public let coding: Coding
    /// Bytes that went into the current stream.
    public private(set) var consumed = 0
    /// Bytes that came out of the current stream.
    public private(set) var produced = 0

    private let engine: any DecodingEngine
    private var limits: DecodingLimits
    private var state = State.empty
    /// Members that have ended, and what came out of the one that runs.
    private var endedMembers = 0
    private var memberProduced = 0
    /// The most bytes that a step makes, and the ratio can be overstepped by.
    private static let largestStep = 16384

    private enum State {
        /// Nothing has arrived.
        case empty
        /// Within the stream, or within a member of it.
        case running
        /// At the end of the stream, or of a member.
        case ended
        /// Nothing more may come: an error, or `finish`.
        case closed
    }

    /// Makes a decompressor that is ready for its first stream.
    ///
    /// - Throws: `unavailable` without memory.
    public init(coding: Coding, limits: DecodingLimits) throws(CodingError) {
        self.coding = coding
        self.limits = limits
        self.engine =
            switch coding {
            case .gzip: try GzipDecoder()
            case .br: try BrotliDecoder()
            case .zstd: try ZstdDecoder()
            }
    }

    /// Takes `bytes` and appends what they decode to.
    ///
    /// What was appended before an error is good for nothing.
    ///
    /// - Throws: `corrupt`, `trailing`, `tooLarge`, `ratio`, `outputFull` (the buffer's own limit),
    ///   `finished`, `unavailable`.
    public func append(
        _ bytes: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        if case .closed = self.state { throw .finished }
        do {
            try self.decode(bytes, into: &output)
        } catch {
            self.state = .closed
            throw error
        }
    }

    /// Says that the input has ended.
    ///
    /// - Throws: `truncated` if the stream has not; `finished` after an error.
    public func finish() throws(CodingError) {
        defer { self.state = .closed }
        switch self.state {
        case .ended: return
        case .empty, .running: throw .truncated
        case .closed: throw .finished
        }
    }

    /// Begins another stream, whatever became of the last.
    ///
    /// - Parameter limits: those of the new stream; nil to keep the old.
    /// - Throws: `unavailable` without memory.
    public func reset(limits: DecodingLimits? = nil) throws(CodingError) {
        self.state = .closed
        try self.engine.reset()
        self.limits = limits ?? self.limits
        self.consumed = 0
        self.produced = 0
        self.endedMembers = 0
        self.memberProduced = 0
        self.state = .empty
    }

    /// Decodes `bytes` as a stream of their own: a body that is held whole, or one gRPC message.
    ///
    /// Begins with a `reset` itself.
    public func decode(
        whole bytes: UnsafeRawBufferPointer,
        limits: DecodingLimits? = nil,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        try self.reset(limits: limits)
        try self.append(bytes, into: &output)
        try self.finish()
    }

    private func decode(
        _ bytes: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        var rest = bytes
        while !rest.isEmpty {
            if case .ended = self.state {
                guard self.engine.allowsMembers else { throw .trailing }
                guard self.engine.beginMember() else { throw .unavailable }
                self.endedMembers += 1
                self.memberProduced = 0
            }
            self.state = .running
            try self.decodeMember(&rest, into: &output)
        }
    }

    /// Decodes until the input is used up and has said all it says, or the member has ended.
    private func decodeMember(
        _ rest: inout UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        while true {
            let room = min(self.limits.output - self.produced, max(0, output.limit) - output.count)
            let step = room > 0 ? self.step(rest, room, into: &output) : self.probe(rest)
            rest = UnsafeRawBufferPointer(rebasing: rest[step.consumed...])
            self.consumed += step.consumed
            self.produced += step.produced
            self.memberProduced += step.produced
            if step.produced > 0 { try self.check(room: room) }
            switch step.state {
            case .ended:
                self.state = .ended
                return
            case .running: break
            case .unavailable: throw .unavailable
            case .corrupt:
                // What does not even begin like another member is none.
                throw self.endedMembers > 0 && self.memberProduced == 0 ? .trailing : .corrupt
            }
            if step.consumed == 0, step.produced == 0 {
                // With input at hand, a decoder that neither takes nor gives is stuck for ever.
                guard rest.isEmpty else { throw .corrupt }
                return
            }
        }
    }

    /// One step into the output.
    private func step(
        _ input: UnsafeRawBufferPointer,
        _ room: Int,
        into output: inout OutputBuffer
    ) -> DecodingStep {
        // As much as the input is likely to become, within bounds: a small body leaves a small
        // buffer small.
        let likely = max(256, min(input.count, Self.largestStep / 4) * 4)
        var step = DecodingStep(consumed: 0, produced: 0, state: .unavailable)
        output.append(maximum: min(room, likely)) { space in
            step = self.engine.decode(input, into: space)
            return step.produced
        }
        return step
    }

    /// One step without room: whether there is more is seen by one byte that goes nowhere.
    private func probe(_ input: UnsafeRawBufferPointer) -> DecodingStep {
        var byte: UInt8 = 0
        return withUnsafeMutableBytes(of: &byte) { self.engine.decode(input, into: $0) }
    }

    /// Refuses what has just come out, if it is too much.
    private func check(room: Int) throws(CodingError) {
        guard self.produced <= self.limits.output else {
            throw .tooLarge(limit: self.limits.output)
        }
        guard room > 0 else { throw .outputFull }
        guard self.produced <= self.limits.allowance(for: self.consumed) else {
            throw .ratio(limit: self.limits.ratio)
        }
    }
}
