public import Bytes
public import GRPC
internal import HTTPMessages
public import Policies

/// Fields that a policy of the gateway writes in place of the backend's.
public struct HiddenFields: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// ETag, which coded content has weak.
    public static let entityTag = HiddenFields(rawValue: 1)
    /// Access-Control-*, which may come only once.
    public static let accessControl = HiddenFields(rawValue: 2)

    func contains(_ name: UnsafeRawBufferPointer) -> Bool {
        if self.contains(.entityTag), name.elementsEqual("etag".utf8) { return true }
        return self.contains(.accessControl) && name.starts(with: "access-control-".utf8)
    }
}

/// Writes the allowed metadata of a backend as header fields.
public enum AnswerMetadata {
    /// Appends the entries that the policy allows and that are valid header fields.
    ///
    /// Trailing metadata of a unary call go into the head as well: all of them are there before the
    /// first byte of the answer leaves. An entry with a control character is left out: no CR, LF or
    /// NUL of a backend ever leaves in a head.
    ///
    /// - Parameters:
    ///   - metadata: initial or trailing metadata of the call.
    ///   - policy: which of them a client may see.
    ///   - headers: fields that the route sets itself; the backend's of the same name are left out,
    ///     because a field such as Location may come only once.
    ///   - hidden: what a policy of the gateway writes instead.
    ///   - output: an answer's head.
    /// - Returns: whether a challenge, `www-authenticate` with a value, was among them: a 401 must
    ///   have one (RFC 9110, 15.5.2).
    @discardableResult
    public static func append(
        _ metadata: borrowing MetadataList,
        policy: ResponseMetadataPolicy,
        except headers: [FieldTemplate] = [],
        hiding hidden: HiddenFields = [],
        to output: inout OutputBuffer
    ) -> Bool {
        var hasChallenge = false
        for index in 0..<metadata.count {
            let name = metadata.name(at: index)
            guard policy.allows(name), !headers.contains(where: { $0.isNamed(name) }) else {
                continue
            }
            if !hidden.isEmpty, hidden.contains(name) { continue }
            let value = metadata.value(at: index)
            let isWritten = ResponseWriter.field(name: name, value: value, into: &output)
            if isWritten, !value.isEmpty, name.elementsEqual("www-authenticate".utf8) {
                hasChallenge = true
            }
        }
        return hasChallenge
    }

    /// Appends the challenge of a 401 to which no backend has said another (RFC 6750, 3).
    public static func appendChallenge(to output: inout OutputBuffer) {
        ResponseWriter.field("www-authenticate", "Bearer", into: &output)
    }
}
