/// What a request's conditions make of a GET or HEAD that would be answered with 200 (RFC 9110, 13).
///
/// There is no 206 and no Last-Modified of the gateway's own, so that two of the conditions are left:
/// If-Match, which compares strongly, then If-None-Match, which compares weakly (13.2.2). A list
/// with a broken element matches as far as it could be read.
public enum Precondition: Sendable, Hashable {
    /// The answer is sent.
    case proceed
    /// 304 without content: with the ETag, Cache-Control, Vary and Date of the answer (15.4.5).
    case notModified
    /// 412.
    case failed

    /// Holds a request's conditions against the tag of the answer.
    ///
    /// - Parameters:
    ///   - ifMatch: the values of all If-Match lines as one list; nil without any.
    ///   - ifNoneMatch: those of If-None-Match.
    ///   - tag: the value of the answer's ETag, a valid one.
    public init(
        ifMatch: UnsafeRawBufferPointer?,
        ifNoneMatch: UnsafeRawBufferPointer?,
        tag: UnsafeRawBufferPointer
    ) {
        if let ifMatch, !Self.matches(ifMatch, tag: tag, isStrong: true) {
            self = .failed
        } else if let ifNoneMatch, Self.matches(ifNoneMatch, tag: tag, isStrong: false) {
            self = .notModified
        } else {
            self = .proceed
        }
    }

    private static func matches(
        _ value: UnsafeRawBufferPointer,
        tag: UnsafeRawBufferPointer,
        isStrong: Bool
    ) -> Bool {
        var own = EntityTagList(tag)
        guard case .tag(let opaque, let isWeak) = own.next() else { return false }
        // There is something to answer with, which is all that `*` asks.
        if value.equalsLowercase("*") { return true }
        var tags = EntityTagList(value)
        while case .tag(let other, let otherIsWeak)? = tags.next() {
            if isStrong, isWeak || otherIsWeak { continue }
            if other.count == opaque.count, other.elementsEqual(opaque) { return true }
        }
        return false
    }
}
