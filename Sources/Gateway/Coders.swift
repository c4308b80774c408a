internal import Bytes
internal import Compression
internal import GRPC
internal import Policies

/// The compressors and decompressors of one event loop, made when first needed and lent out.
final class Coders {
    /// For whole answers, one at a time, by `Coding.rawValue`.
    private var whole: [Compressor?] = Coding.allCases.map { _ in nil }
    private var freeCompressors: [Compressor] = []
    private var freeDecompressors: [Decompressor] = []
    private var lentCompressors = 0

    /// Streams of a loop that are compressed at a time; further ones are sent plain.
    ///
    /// Each holds 0.5 to 1.7 MB for as long as it lives.
    private static let streams = 32
    /// Coders kept for the next burst; more are let go of.
    private static let kept = 4

    // MARK: - Answers

    /// Compresses a whole answer; false when it could not be.
    func encode(
        _ bytes: UnsafeRawBufferPointer,
        _ coding: ContentCoding,
        into output: inout OutputBuffer
    ) -> Bool {
        guard let coding = Coding(coding) else { return false }
        do throws(CodingError) {
            let index = Int(coding.rawValue)
            let compressor: Compressor
            if let made = self.whole[index] {
                compressor = made
            } else {
                compressor = try Compressor(coding: coding)
                self.whole[index] = compressor
            }
            try compressor.encode(whole: bytes, into: &output)
            return true
        } catch {
            return false
        }
    }

    /// A compressor for one stream; nil when enough streams have one.
    func takeCompressor(_ coding: ContentCoding) -> Compressor? {
        guard let coding = Coding(coding), self.lentCompressors < Self.streams else { return nil }
        do throws(CodingError) {
            let compressor: Compressor
            if let index = self.freeCompressors.lastIndex(where: { $0.coding == coding }) {
                compressor = self.freeCompressors.remove(at: index)
                try compressor.reset()
            } else {
                compressor = try Compressor(coding: coding)
            }
            self.lentCompressors += 1
            return compressor
        } catch {
            return nil
        }
    }

    func giveBack(_ compressor: Compressor) {
        self.lentCompressors -= 1
        if self.freeCompressors.count < Self.kept { self.freeCompressors.append(compressor) }
    }

    // MARK: - Bodies

    /// A decompressor for one body.
    ///
    /// - Parameters:
    ///   - coding: of the body, not `identity`.
    ///   - limit: the most bytes that may come out.
    /// - Returns: nil without memory.
    func takeDecompressor(_ coding: ContentCoding, limit: Int) -> Decompressor? {
        guard let coding = Coding(coding) else { return nil }
        let limits = DecodingLimits(output: limit)
        do throws(CodingError) {
            if let index = self.freeDecompressors.lastIndex(where: { $0.coding == coding }) {
                let decompressor = self.freeDecompressors.remove(at: index)
                try decompressor.reset(limits: limits)
                return decompressor
            }
            return try Decompressor(coding: coding, limits: limits)
        } catch {
            return nil
        }
    }

    func giveBack(_ decompressor: Decompressor) {
        if self.freeDecompressors.count < Self.kept { self.freeDecompressors.append(decompressor) }
    }
}

extension Coding {
    /// The format of a content coding; nil for `identity`.
    fileprivate init?(_ coding: ContentCoding) {
        switch coding {
        case .identity: return nil
        case .gzip: self = .gzip
        case .br: self = .br
        case .zstd: self = .zstd
        }
    }
}
