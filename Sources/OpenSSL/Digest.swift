internal import COpenSSL

/// A hash function, ready for any number of inputs one after the other.
///
/// It keeps OpenSSL's working state, so that hashing allocates nothing and looks up no algorithm;
/// one belongs to one event loop.
public final class Digest {
    /// A hash function of FIPS 180-4.
    public enum Algorithm: Sendable {
        /// 20 bytes; no protection against a forger, but what RFC 6455 asks for.
        case sha1
        /// 32 bytes.
        case sha256

        /// The bytes of a result.
        public var byteCount: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            }
        }
    }

    /// Which function it is.
    public let algorithm: Algorithm
    private let state: OpaquePointer
    private let method: OpaquePointer

    /// Looks the algorithm up.
    ///
    /// - Throws: `outOfMemory`, or `unusable` where OpenSSL has been built without it.
    public init(_ algorithm: Algorithm) throws(TLSError) {
        ErrorQueue.clear()
        let name =
            switch algorithm {
            case .sha1: "SHA1"
            case .sha256: "SHA256"
            }
        guard let method = EVP_MD_fetch(nil, name, nil) else {
            throw ErrorQueue.setUpError("expected the digest \(name)")
        }
        guard let state = EVP_MD_CTX_new() else {
            EVP_MD_free(method)
            throw TLSError(kind: .outOfMemory, text: "no memory for a digest")
        }
        guard EVP_DigestInit_ex(state, method, nil) == 1 else {
            EVP_MD_CTX_free(state)
            EVP_MD_free(method)
            throw ErrorQueue.setUpError("the digest \(name) cannot be used")
        }
        self.algorithm = algorithm
        self.state = state
        self.method = method
    }

    deinit {
        EVP_MD_CTX_free(self.state)
        EVP_MD_free(self.method)
    }

    /// Writes the digest of `bytes` into the first ``Algorithm/byteCount`` bytes of `result`.
    ///
    /// - Parameters:
    ///   - bytes: the input, of any length.
    ///   - result: at least as long as a result.
    public func compute(
        _ bytes: UnsafeRawBufferPointer,
        into result: UnsafeMutableRawBufferPointer
    ) {
        precondition(result.count >= self.algorithm.byteCount)
        let target = result.baseAddress?.assumingMemoryBound(to: UInt8.self)
        // With a state that has been used these cannot fail: nothing is looked up or allocated.
        let isDone =
            EVP_DigestInit_ex(self.state, nil, nil) == 1
            && EVP_DigestUpdate(self.state, bytes.baseAddress, bytes.count) == 1
            && EVP_DigestFinal_ex(self.state, target, nil) == 1
        precondition(isDone)
    }

    /// The digest of `bytes`, for tests and cold paths.
    public func compute(_ bytes: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: self.algorithm.byteCount)
        bytes.withUnsafeBytes { bytes in
            result.withUnsafeMutableBytes { self.compute(bytes, into: $0) }
        }
        return result
    }
}
