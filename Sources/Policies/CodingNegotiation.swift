public import HTTPMessages

/// How much a client wants each content coding, gathered from its Accept-Encoding fields (RFC 9110,
/// 12.5.3).
///
/// Without the field the client gets plain content: it may be anything, and those who can decode
/// say so. A coding that is neither named nor in `*` is not wanted; plain content is, unless it
/// is excluded by `identity;q=0` or by `*;q=0`. An element whose weight has no form is as if it
/// were not there.
public struct CodingNegotiation: Sendable, Hashable {
    private var gzip: UInt16?
    private var br: UInt16?
    private var zstd: UInt16?
    private var identity: UInt16?
    /// The weight of `*`.
    private var others: UInt16?

    public init() {}

    /// Takes all Accept-Encoding fields of a request.
    public init(_ head: RequestHead) {
        guard head.contains(.acceptEncoding) else { return }
        for index in 0..<head.fieldCount where head.name(at: index) == .acceptEncoding {
            self.take(head.value(at: index))
        }
    }

    /// Takes one field's value; several are one list (RFC 9110, 5.3).
    public mutating func take(_ value: UnsafeRawBufferPointer) {
        var elements = SeparatedParts(value, by: UInt8(ascii: ","))
        while let element = elements.next() {
            var parts = SeparatedParts(element, by: UInt8(ascii: ";"))
            guard let name = parts.next(), let weight = QualityValue(parameters: &parts) else {
                continue
            }
            if name.equalsLowercase("*") {
                Self.raise(&self.others, to: weight)
                continue
            }
            switch ContentCoding(name) {
            case .gzip: Self.raise(&self.gzip, to: weight)
            case .br: Self.raise(&self.br, to: weight)
            case .zstd: Self.raise(&self.zstd, to: weight)
            case .identity: Self.raise(&self.identity, to: weight)
            case nil: break
            }
        }
    }

    /// A coding that is named twice counts with its higher weight.
    private static func raise(_ known: inout UInt16?, to weight: QualityValue) {
        known = max(known ?? 0, weight.thousandths)
    }

    /// Whether the client does not take plain content.
    public var refusesIdentity: Bool { (self.identity ?? self.others) == 0 }

    /// The coding that the client wants most; of those it wants equally, the first of `preference`.
    ///
    /// - Parameter preference: the codings at hand, the best first.
    /// - Returns: `identity` if it wants none of them, or plain content more.
    public func choice(of preference: [ContentCoding]) -> ContentCoding {
        var best = ContentCoding.identity
        var weight: UInt16 = 0
        for coding in preference {
            let candidate = self.weight(of: coding)
            if candidate > weight { (best, weight) = (coding, candidate) }
        }
        return self.identity ?? 0 > weight ? .identity : best
    }

    private func weight(of coding: ContentCoding) -> UInt16 {
        let named =
            switch coding {
            case .identity: self.identity
            case .gzip: self.gzip
            case .br: self.br
            case .zstd: self.zstd
            }
        return named ?? self.others ?? 0
    }
}
