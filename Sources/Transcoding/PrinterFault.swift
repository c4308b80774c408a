/// Why a message cannot be printed, small enough to be thrown through a hundred levels for nothing.
///
/// `ResponsePrinter` turns it into a `TranscodingError` once, at the edge.
struct PrinterFault: Error, Equatable {
    enum Reason: UInt8 {
        /// Ends within a field.
        case truncated
        /// Not the wire format: a tag of number 0, a wire type that does not exist, a group that
        /// ends without having begun.
        case malformed
        case tooDeep
        /// A message of 4 GiB or more.
        case tooLarge
        /// A string that must be UTF-8 is not.
        case notUTF8
        case timestampRange
        case durationRange
        case fieldMaskPath
        case notFinite
        case anyWithoutType
        case anyTypeUnknown
        /// The answer exceeds the limit of its buffer.
        case overLimit
        /// Internal: a message's fields come in an order that the straight printer does not take.
        case disordered
    }

    var reason: Reason
    /// Where in the message, in bytes.
    var offset: Int

    init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// What was expected and what was found, lower case, without a full stop.
    var description: String {
        let text =
            switch self.reason {
            case .truncated: "expected the rest of a field, found the end of the message"
            case .malformed: "expected a field of the protobuf wire format, found other bytes"
            case .tooDeep: "expected less nesting, found messages nested beyond the limit"
            case .tooLarge: "expected a message below 4 GiB, found a larger one"
            case .notUTF8: "expected a string in UTF-8, found other bytes"
            case .timestampRange: "expected a timestamp of the years 1 to 9999, found another"
            case .durationRange:
                "expected a duration within 315576000000s and of one sign, found another"
            case .fieldMaskPath:
                "expected a field mask whose paths have a camelCase form, found another"
            case .notFinite: "expected a finite number in a google.protobuf.Value, found none"
            case .anyWithoutType: "expected an Any with a type URL, found one without"
            case .anyTypeUnknown: "expected an Any of a known type, found an unknown one"
            case .overLimit: "expected an answer within the limit, found a larger one"
            case .disordered: "expected fields in order, found others"
            }
        return "\(text) (byte \(self.offset))"
    }
}
