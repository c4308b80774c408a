/// Reads plain JSON into a tape, without recursion.
///
/// What it does not take it leaves alone (`.other`): another reader then says why, or reads it.
struct PlainReader: ~Copyable {
    enum Outcome {
        case done
        case other
        case tooDeep(Int)
        case tooLarge(Int)
    }

    /// An array or object that is open.
    private struct Frame: BitwiseCopyable {
        /// Its token.
        var token: Int
        var count: Int
        /// Where its keys begin among the keys of all open objects; -1 for an array.
        var keys: Int
    }

    private enum Expected {
        case value
        case key
        case commaOrEnd
    }

    private let depth: Int
    private let frames: UnsafeMutablePointer<Frame>
    private var keys = DuplicateKeys()

    init(depth: Int) {
        self.depth = max(depth, 1)
        self.frames = .allocate(capacity: max(depth, 1))
    }

    deinit {
        self.frames.deallocate()
    }

    /// Reads a whole text.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - tape: takes the tokens, which point into `text`.
    ///   - escapes: decodes the strings that hold escapes.
    /// - Returns: whether the tape holds the text, and if not, what kept it from that.
    mutating func read(
        _ text: UnsafeRawBufferPointer,
        into tape: inout JSONTape,
        escapes: borrowing JanssonParser
    ) -> Outcome {
        guard let base = text.baseAddress else { return .other }
        // Counts and spans of tokens are 32 bits wide.
        guard text.count <= Int32.max else { return .tooLarge(0) }
        self.keys.removeAll()
        tape.limit(bytes: escapes.memory - self.keys.byteCount)
        let end = base + text.count
        var place = base
        var open = 0
        var frame = Frame(token: 0, count: 0, keys: -1)
        var expected = Expected.value

        while true {
            Self.skipSpace(&place, end)
            guard place < end else { return .other }
            let byte = place.load(as: UInt8.self)

            if expected == .commaOrEnd {
                place += 1
                if byte == UInt8(ascii: ",") {
                    guard frame.keys >= 0 else {
                        expected = .value
                        continue
                    }
                    Self.skipSpace(&place, end)
                    guard place < end, place.load(as: UInt8.self) == UInt8(ascii: "\"") else {
                        return .other
                    }
                    expected = .key
                    continue
                }
                let isObject = frame.keys >= 0
                guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    return .other
                }
                if isObject, self.keys.close(from: frame.keys) { return .other }
                tape.close(frame.token, count: frame.count)
                open &-= 1
                if open == 0 { break }
                frame = self.frames[open &- 1]
                continue
            }

            if expected == .key {
                guard byte == UInt8(ascii: "\"") else { return .other }
                switch Self.readString(&place, end, into: &tape, escapes: escapes) {
                case .done: break
                case .other: return .other
                case .tooDeep, .tooLarge: return .tooLarge(place - base)
                }
                let key = tape.tokens[tape.count &- 1]
                guard let bytes = key.bytes else { return .other }
                // A key that was decoded lies outside the text, and may hold a NUL.
                if bytes < base || bytes >= end,
                    UnsafeRawBufferPointer(start: bytes, count: Int(key.count)).contains(0)
                {
                    return .other
                }
                if self.keys.isFull {
                    let wanted = self.keys.byteCount * 2
                    guard wanted <= escapes.memory - tape.byteCount else {
                        return .tooLarge(place - base)
                    }
                    self.keys.grow()
                    tape.limit(bytes: escapes.memory - wanted)
                }
                self.keys.append(bytes, Int(key.count))
                Self.skipSpace(&place, end)
                guard place < end, place.load(as: UInt8.self) == UInt8(ascii: ":") else {
                    return .other
                }
                place += 1
                expected = .value
                continue
            }

            switch byte {
            case UInt8(ascii: "\""):
                switch Self.readString(&place, end, into: &tape, escapes: escapes) {
                case .done: break
                case .other: return .other
                case .tooDeep, .tooLarge: return .tooLarge(place - base)
                }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let start = place
                guard let kind = Self.number(&place, end) else { return .other }
                guard tape.append(kind, start, place - start) else {
                    return .tooLarge(place - base)
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                place += 1
                guard open < self.depth else { return .tooDeep(place - base) }
                let isObject = byte == UInt8(ascii: "{")
                guard tape.append(isObject ? .object : .array, nil, 0) else {
                    return .tooLarge(place - base)
                }
                Self.skipSpace(&place, end)
                guard place < end else { return .other }
                let next = place.load(as: UInt8.self)
                if next == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    place += 1
                    break
                }
                if open > 0 {
                    frame.count &+= 1
                    self.frames[open &- 1] = frame
                }
                frame = Frame(
                    token: tape.count &- 1,
                    count: 0,
                    keys: isObject ? self.keys.count : -1
                )
                open &+= 1
                expected = isObject ? .key : .value
                continue
            case UInt8(ascii: "t"):
                guard Self.skip("true", &place, end) else { return .other }
                guard tape.append(.true, nil, 0) else { return .tooLarge(place - base) }
            case UInt8(ascii: "f"):
                guard Self.skip("false", &place, end) else { return .other }
                guard tape.append(.false, nil, 0) else { return .tooLarge(place - base) }
            case UInt8(ascii: "n"):
                guard Self.skip("null", &place, end) else { return .other }
                guard tape.append(.null, nil, 0) else { return .tooLarge(place - base) }
            default:
                return .other
            }
            if open == 0 { break }
            frame.count &+= 1
            expected = .commaOrEnd
        }
        Self.skipSpace(&place, end)
        return place == end ? .done : .other
    }
}
