/// A field's number and wire type.
struct WireTag: BitwiseCopyable {
    /// 1 to 536,870,911.
    var number: UInt32
    var type: WireType
}

/// How a field's bytes are laid out (protobuf "Encoding", section "Message Structure").
enum WireType: UInt8, BitwiseCopyable {
    case varint = 0
    case fixed64 = 1
    case length = 2
    case groupStart = 3
    case groupEnd = 4
    case fixed32 = 5
}

/// Reads protobuf's wire format from a part of a message.
///
/// All positions are offsets into the whole message, so that they can be kept and come back to.
/// Every read is checked against `end`; `init` proves that `end` lies within the memory.
struct WireReader: BitwiseCopyable {
    private let base: UnsafeRawPointer
    /// The offset of the next byte.
    private(set) var position: Int
    /// The offset after the last byte.
    let end: Int

    /// A reader of the bytes `start ..< end` of `source`.
    init(_ source: WireSource, from start: Int, to end: Int) {
        precondition(start >= 0 && start <= end && end <= source.count)
        self.base = source.base
        self.position = start
        self.end = end
    }

    var isAtEnd: Bool { self.position >= self.end }

    /// Goes back to a position that this reader was at before.
    mutating func rewind(to position: Int) {
        precondition(position >= 0 && position <= self.position)
        self.position = position
    }

    // MARK: - Values

    @inline(__always)
    mutating func varint() throws(PrinterFault) -> UInt64 {
        if self.position < self.end {
            let byte = self.base.load(fromByteOffset: self.position, as: UInt8.self)
            if byte < 0x80 {
                self.position &+= 1
                return UInt64(byte)
            }
        }
        return try self.longVarint()
    }

    /// Ten bytes at most; what a tenth byte has beyond bit 63 is dropped, as protobuf's own
    /// readers do.
    @inline(never)
    private mutating func longVarint() throws(PrinterFault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        let start = self.position
        while shift < 70 {
            guard self.position < self.end else { throw PrinterFault(.truncated, at: start) }
            let byte = self.base.load(fromByteOffset: self.position, as: UInt8.self)
            self.position &+= 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw PrinterFault(.malformed, at: start)
    }

    @inline(__always)
    mutating func fixed64() throws(PrinterFault) -> UInt64 {
        guard self.end &- self.position >= 8 else {
            throw PrinterFault(.truncated, at: self.position)
        }
        let value = (self.base + self.position).loadUnaligned(as: UInt64.self)
        self.position &+= 8
        return UInt64(littleEndian: value)
    }

    @inline(__always)
    mutating func fixed32() throws(PrinterFault) -> UInt32 {
        guard self.end &- self.position >= 4 else {
            throw PrinterFault(.truncated, at: self.position)
        }
        let value = (self.base + self.position).loadUnaligned(as: UInt32.self)
        self.position &+= 4
        return UInt32(littleEndian: value)
    }

    // MARK: - Structure

    @inline(__always)
    mutating func tag() throws(PrinterFault) -> WireTag {
        let start = self.position
        let raw = try self.varint()
        guard raw >> 32 == 0, raw >= 8,
            let type = WireType(rawValue: UInt8(truncatingIfNeeded: raw & 7))
        else { throw PrinterFault(.malformed, at: start) }
        return WireTag(number: UInt32(truncatingIfNeeded: raw >> 3), type: type)
    }

    /// Passes a length and its bytes, and gives where these are.
    @inline(__always)
    mutating func payload() throws(PrinterFault) -> WireSegment {
        let start = self.position
        let count = try self.varint()
        guard count <= UInt64(self.end &- self.position) else {
            throw PrinterFault(.truncated, at: start)
        }
        let first = self.position
        self.position &+= Int(truncatingIfNeeded: count)
        return WireSegment(start: first, end: self.position)
    }

    /// Passes a value of a known layout, after its tag.
    mutating func skip(_ tag: WireTag) throws(PrinterFault) {
        switch tag.type {
        case .varint: _ = try self.varint()
        case .fixed64: _ = try self.fixed64()
        case .fixed32: _ = try self.fixed32()
        case .length: _ = try self.payload()
        case .groupStart: _ = try self.group(tag.number)
        case .groupEnd: throw PrinterFault(.malformed, at: self.position)
        }
    }

    /// Passes a group after its start tag, end tag included, and gives where its fields are.
    mutating func group(_ number: UInt32) throws(PrinterFault) -> WireSegment {
        let start = self.position
        let end = try self.groupEnd(number, depth: 0)
        return WireSegment(start: start, end: end)
    }

    private mutating func groupEnd(
        _ number: UInt32,
        depth: Int
    ) throws(PrinterFault) -> Int {
        guard depth < Self.groupDepth else { throw PrinterFault(.tooDeep, at: self.position) }
        while !self.isAtEnd {
            let start = self.position
            let tag = try self.tag()
            switch tag.type {
            case .groupEnd:
                guard tag.number == number else { throw PrinterFault(.malformed, at: start) }
                return start
            case .groupStart: _ = try self.groupEnd(tag.number, depth: depth &+ 1)
            case .varint, .fixed64, .fixed32, .length: try self.skip(tag)
            }
        }
        throw PrinterFault(.truncated, at: self.position)
    }

    /// How deep groups may nest in what is passed over; 100 is protobuf's own limit of recursion.
    private static let groupDepth = 100
}
