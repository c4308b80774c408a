/// Names of application protocols (ALPN, RFC 7301), in the order of preference.
struct ApplicationProtocols {
    /// The names as they stand in the extension: each behind its length.
    let wire: [UInt8]
    let names: [[UInt8]]

    init(_ names: [String]) throws(TLSError) {
        var wire: [UInt8] = []
        for name in names {
            guard let length = UInt8(exactly: name.utf8.count), length > 0 else {
                throw TLSError(
                    kind: .unusable,
                    text: "expected an application protocol of 1 to 255 bytes, found '\(name)'"
                )
            }
            wire.append(length)
            wire.append(contentsOf: name.utf8)
        }
        self.wire = wire
        self.names = names.map { Array($0.utf8) }
    }

    /// The place, in a client's list, of the first of `names` that it offers.
    ///
    /// - Parameter offered: the client's list as it stands in the extension, from a peer.
    /// - Returns: nil when there is none, or the list is malformed.
    func select(from offered: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        for name in self.names {
            var index = 0
            while index < offered.count {
                let start = index + 1
                let end = start + Int(offered[index])
                guard end <= offered.count else { break }
                if offered[start..<end].elementsEqual(name) { return start..<end }
                index = end
            }
        }
        return nil
    }
}
