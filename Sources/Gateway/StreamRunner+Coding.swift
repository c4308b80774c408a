internal import Bytes
internal import Compression
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import Policies
internal import Telemetry
internal import Transcoding

/// Streams whose content is coded: the answer's is compressed message by message, the request's is
/// decoded as it arrives.
extension StreamRunner {
    // MARK: - The answer

    /// Decides the coding of the answer, and takes what it needs.
    ///
    /// - Parameters:
    ///   - terms: of the client.
    ///   - message: the first message, which says the type of a download; nil without one.
    ///   - exchange: where the request began.
    func decideCoding(
        _ terms: AnswerTerms,
        first message: UnsafeRawBufferPointer?,
        _ exchange: ExchangeRunner
    ) {
        let cacheControl = exchange.backendField("cache-control")
        if let type = self.writer.format.contentType {
            let bytes = UnsafeRawBufferPointer(
                start: type.utf8Start,
                count: type.utf8CodeUnitCount
            )
            terms.decideCoding(type: bytes, size: nil, cacheControl: cacheControl)
        } else if let message, let type = try? exchange.plan.rawAnswer?.read(message).contentType {
            terms.decideCoding(type: type, size: nil, cacheControl: cacheControl)
        }
        guard terms.coding != .identity, !exchange.facts.isHead else { return }
        self.compressor = self.worker.coders.takeCompressor(terms.coding)
        if self.compressor == nil { terms.giveUpCoding() }
    }

    /// Appends to the body of the answer what `write` writes, coded if the answer is.
    func append(
        to connection: ClientConnection,
        isLast: Bool = false,
        _ write: (inout OutputBuffer) -> Void
    ) {
        let worker = self.worker
        connection.append { output in
            let start = output.count
            if let compressor = self.compressor {
                worker.output.removeAll()
                write(&worker.output)
                self.encode(compressor, isLast: isLast, into: &output)
            } else {
                write(&output)
            }
            self.exchange?.record.bytesOut += output.count - start
        }
    }

    /// Compresses what stands in the worker's output; each piece can be read when it arrives.
    func encode(
        _ compressor: Compressor,
        isLast: Bool,
        into output: inout OutputBuffer
    ) {
        do throws(CodingError) {
            try self.worker.output.withUnsafeBytes { bytes throws(CodingError) in
                if isLast {
                    try compressor.finish(appending: bytes, into: &output)
                } else if !bytes.isEmpty {
                    try compressor.flush(appending: bytes, into: &output)
                }
            }
        } catch {
            self.isCoderBroken = true
        }
    }

    func releaseCompressor() {
        self.isCoderBroken = false
        guard let compressor = self.compressor else { return }
        self.compressor = nil
        self.worker.coders.giveBack(compressor)
    }

    // MARK: - The request

    /// Decodes a piece of the body and takes what comes out, a little at a time.
    func takeCoded(_ bytes: UnsafeRawBufferPointer, _ decoder: Decompressor) {
        let worker = self.worker
        var rest = bytes
        while !rest.isEmpty, !self.machine.isFinished, self.exchange != nil {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.codedPiece))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Self.codedPiece))
            worker.coded.removeAll()
            do throws(CodingError) {
                try decoder.append(piece, into: &worker.coded)
            } catch {
                self.run(self.machine.failed(Failures.undecodable(error)))
                return
            }
            guard !worker.coded.isEmpty else { continue }
            worker.coded.withUnsafeBytes { self.takePlain($0) }
        }
        worker.coded.removeAll()
    }

    /// How many bytes are decoded at a time: what comes out is held until it is taken, and grows a
    /// hundredfold at most.
    private static let codedPiece = 4096
}
