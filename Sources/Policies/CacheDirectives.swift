/// What a Cache-Control value says, as far as the gateway heeds it (RFC 9111, 5.2).
public enum CacheDirectives {
    /// Whether content must be sent as it is (`no-transform`, 5.2.2.6).
    public static func forbidsTransform(_ value: UnsafeRawBufferPointer) -> Bool {
        var directives = SeparatedParts(value, by: UInt8(ascii: ","))
        while let directive = directives.next() {
            if directive.equalsLowercase("no-transform") { return true }
        }
        return false
    }
}
