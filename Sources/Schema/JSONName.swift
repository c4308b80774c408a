/// The JSON name of a field whose descriptor has none.
enum JSONName {
    /// `user_id` becomes `userId`: underscores go, an ASCII letter after one is capitalised
    /// (ProtoJSON; the rule of protoc's `ToJsonName`).
    static func lowerCamelCase(_ name: String) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(name.utf8.count)
        var capitalises = false
        for byte in name.utf8 {
            if byte == UInt8(ascii: "_") {
                capitalises = true
                continue
            }
            let isLower = UInt8(ascii: "a") <= byte && byte <= UInt8(ascii: "z")
            result.append(capitalises && isLower ? byte ^ 0x20 : byte)
            capitalises = false
        }
        return String(decoding: result, as: UTF8.self)
    }
}
