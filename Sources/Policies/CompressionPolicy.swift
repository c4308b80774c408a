/// Which answers are compressed, and how (`compression` of the configuration).
///
/// An answer is compressed if its type is on the list, it is not smaller than the minimum, and the
/// client takes one of the codings. Answers whose coding depends on the client say `vary:
/// accept-encoding`, whether they are coded or not. Strong entity tags become weak with the coding
/// (see `EntityTag`).
///
/// Not for answers without content (204, 304), partial ones, and those whose content is coded
/// already or `no-transform`: the caller knows them. HEAD is answered as GET.
public struct CompressionPolicy: Sendable, Hashable {
    /// What one answer gets.
    public struct Decision: Sendable, Hashable {
        /// `identity` for none.
        public var coding: ContentCoding
        /// Whether the head needs `vary: accept-encoding`.
        public var varies: Bool

        public init(coding: ContentCoding, varies: Bool) {
            self.coding = coding
            self.varies = varies
        }
    }

    /// Text in its usual wrappings; media are compressed in themselves.
    public static let usualTypes = [
        "application/*+json", "application/*+xml", "application/javascript", "application/json",
        "application/jsonl", "application/ndjson", "application/x-ndjson", "application/xml",
        "image/svg+xml", "text/*",
    ]
    /// The best first: zstd costs the least for what it gains, gzip is there for the rest.
    public static let usualCodings: [ContentCoding] = [.zstd, .br, .gzip]

    private let types: ContentTypeList
    private let minimum: Int
    private let codings: [ContentCoding]

    /// Compiles a policy.
    ///
    /// - Parameters:
    ///   - types: media types and ranges; see `ContentTypeList`.
    ///   - minimum: the fewest bytes of content that are worth it.
    ///   - codings: the codings at hand, the best first.
    /// - Throws: an error for the first type that has no form.
    public init(
        types: [String] = CompressionPolicy.usualTypes,
        minimum: Int = 1024,
        codings: [ContentCoding] = CompressionPolicy.usualCodings
    ) throws(PolicyError) {
        self.types = try ContentTypeList(types)
        self.minimum = minimum
        self.codings = codings
    }

    /// Whether an answer of this type and size is worth compressing, whoever asks for it.
    ///
    /// - Parameters:
    ///   - contentType: the value of its Content-Type.
    ///   - size: the bytes of its content; nil for a stream, which is as long as it takes.
    /// - Returns: whether type and size are in the policy's bounds.
    public func shouldCompress(contentType: UnsafeRawBufferPointer, size: Int?) -> Bool {
        size ?? .max >= self.minimum && self.types.contains(contentType)
    }

    /// Decides for one answer.
    ///
    /// A client that refuses plain content (`identity;q=0`) gets a coding that it takes for any
    /// type and size, and plain content where it takes none: the house never fails a call for what
    /// a client would rather have.
    ///
    /// - Parameters:
    ///   - contentType: the value of its Content-Type.
    ///   - size: the bytes of its content; nil for a stream.
    ///   - wishes: the client's.
    /// - Returns: the coding, and whether the head says that it depends on the client.
    public func decision(
        contentType: UnsafeRawBufferPointer,
        size: Int?,
        wishes: CodingNegotiation
    ) -> Decision {
        let isWorthIt = self.shouldCompress(contentType: contentType, size: size)
        guard isWorthIt || wishes.refusesIdentity && size != 0 else {
            return Decision(coding: .identity, varies: false)
        }
        return Decision(coding: wishes.choice(of: self.codings), varies: true)
    }
}
