internal import Bytes

/// Finds the messages of a body that arrives in pieces: each whole JSON value, as soon as it is
/// there.
///
/// It tells only where a value begins and ends (strings, escapes and nesting); whether it is JSON
/// at all, the reader says that each value goes to. A body splits into values that a reader takes
/// if, and only if, the whole body is what its form says.
///
/// A value that lies whole in one piece is handed out where it lies; only one that is split is
/// gathered, in memory that is kept for the next. What is looked at is looked at once, however the
/// body is cut, and the answers do not depend on the cuts.
///
/// ```
/// var rest = piece
/// while let message = try splitter.next(&rest) { … }
/// ```
///
/// A value that cannot be copied, for the same reason as `JSONReader`.
public struct JSONSplitter: ~Copyable {
    /// How the messages stand in the body.
    public enum Form: UInt8, Sendable, CaseIterable {
        /// One array; its elements are the messages (RFC 8259, 5).
        ///
        /// An empty array and an empty body have no message.
        case array
        /// NDJSON: a value a line, which ends with LF or CRLF; the last one may end with the body.
        ///
        /// Blank lines are passed over. A value keeps to its line: what is spread over several, or
        /// follows on the same line, is refused, because a stream that has lost its place must not
        /// go on as if nothing were wrong. (grpc-gateway and larking read values end to end, line
        /// ends or not.)
        case lines
    }

    enum Phase {
        /// In front of the array.
        case start
        /// Behind `[`.
        case first
        /// Behind a comma.
        case element
        /// Behind an element.
        case separator
        /// Behind the array.
        case done
        /// Within a number, `true`, `false` or `null`.
        case scalar
        /// Within a string, array or object.
        case nested
    }

    /// How the body is read.
    public private(set) var form: Form
    /// The most bytes of one message.
    public private(set) var limit: Int
    /// How deep one message may nest, its outermost value counting 1.
    public let depthLimit: Int

    /// How many messages were handed out; the number of the last one, counted from 1.
    public internal(set) var messages = 0
    /// Where the last message that began begins: the number of bytes of the body in front of it.
    public internal(set) var messageOffset = 0

    var phase = Phase.start
    /// Of a nested value, where the last piece ended.
    var depth = 0
    var isInString = false
    var isEscaped = false

    /// The bytes of the body that were taken.
    var offset = 0
    var gathered = OutputBuffer(capacity: 64)
    private var isHandedOut = false
    private var refusal: TranscodingError?

    /// Makes a splitter.
    ///
    /// - Parameters:
    ///   - form: how the messages stand in the body.
    ///   - limit: the most bytes of one message; below 0 is the same as 0.
    ///   - depth: how deep one message may nest; as in `TranscodingLimits`.
    public init(form: Form = .array, limit: Int, depth: Int = 100) {
        self.form = form
        self.limit = max(limit, 0)
        self.depthLimit = max(depth, 1)
    }

    /// Makes it ready for another body; big memory is let go of.
    public mutating func reset(form: Form, limit: Int) {
        self.form = form
        self.limit = max(limit, 0)
        self.messages = 0
        self.messageOffset = 0
        self.phase = .start
        self.depth = 0
        self.isInString = false
        self.isEscaped = false
        self.offset = 0
        self.gathered.removeAll()
        self.isHandedOut = false
        self.refusal = nil
    }

    /// Bytes of memory held for a message that is split.
    public var gatheredBytes: Int { self.isHandedOut ? 0 : self.gathered.count }

    /// Takes the next message out of a piece of the body.
    ///
    /// - Parameter bytes: what came; shortened by what was read.
    /// - Returns: a message, valid until the next call and while the piece is; nil when the piece
    ///   is used up.
    /// - Throws: `.syntax` and `.tooDeep` for 400, `.tooLarge` for 413, the same for ever after.
    ///   The text tells the number of the message and where it is, or what is wrong, begins.
    public mutating func next(
        _ bytes: inout UnsafeRawBufferPointer
    ) throws(TranscodingError) -> UnsafeRawBufferPointer? {
        if let refusal = self.refusal { throw refusal }
        self.releaseMessage()
        do throws(TranscodingError) {
            switch self.form {
            case .array: return try self.nextElement(&bytes)
            case .lines: return try self.nextLine(&bytes)
            }
        } catch {
            self.refusal = error
            throw error
        }
    }

    /// Takes the end of the body; to be called once, when all pieces are used up.
    ///
    /// - Returns: the message that ends with the body, which only `.lines` has; valid until the
    ///   next call.
    /// - Throws: `.syntax` when the body ends within an array or a value.
    public mutating func end() throws(TranscodingError) -> UnsafeRawBufferPointer? {
        if let refusal = self.refusal { throw refusal }
        self.releaseMessage()
        do throws(TranscodingError) {
            switch self.form {
            case .lines:
                guard !self.gathered.isEmpty else { return nil }
                let line = self.gathered.withUnsafeBytes { $0 }
                self.isHandedOut = true
                return try self.message(ofLine: line)
            case .array:
                switch self.phase {
                case .start, .done: return nil
                case .first, .element, .separator:
                    throw self.syntax("expected ']', found the end of the body", at: self.offset)
                case .scalar, .nested:
                    throw self.cut()
                }
            }
        } catch {
            self.refusal = error
            throw error
        }
    }

    /// Adds to what is wrong with the last message which one it is.
    ///
    /// - Parameter error: what reading the message said.
    /// - Returns: the same with the message's number and offset in front of its text.
    public func locate(_ error: TranscodingError) -> TranscodingError {
        var error = error
        error.message = "\(self.place(self.messages, self.messageOffset)): \(error.message)"
        return error
    }

    // MARK: - Pieces

    mutating func take(_ count: Int, of bytes: inout UnsafeRawBufferPointer) {
        bytes = UnsafeRawBufferPointer(rebasing: bytes[count...])
        self.offset += count
    }

    mutating func gather(_ count: Int, of bytes: inout UnsafeRawBufferPointer) {
        self.gathered.append(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        self.take(count, of: &bytes)
    }

    /// What was gathered and the next `count` bytes, in place if that is all.
    mutating func handOut(
        _ count: Int,
        of bytes: inout UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let piece = UnsafeRawBufferPointer(rebasing: bytes[..<count])
        guard !self.gathered.isEmpty else {
            self.take(count, of: &bytes)
            return piece
        }
        self.gather(count, of: &bytes)
        self.isHandedOut = true
        return self.gathered.withUnsafeBytes { $0 }
    }

    private mutating func releaseMessage() {
        guard self.isHandedOut else { return }
        self.isHandedOut = false
        self.gathered.removeAll()
    }
}
