internal import Bytes
internal import Compression
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import Policies

/// Bodies with a content coding, which is undone as they arrive.
extension ExchangeRunner {
    /// Takes a decompressor for a coded body; false when the request has been refused.
    func takeDecoder(_ head: RequestHead, _ plan: RoutePlan) -> Bool {
        guard self.facts.coding != .identity, head.framing.hasBody else { return true }
        self.decoder = self.worker.coders.takeDecompressor(
            self.facts.coding,
            limit: plan.requestLimit
        )
        guard self.decoder == nil else { return true }
        self.refuse(Failures.noCoder)
        return false
    }

    /// Decodes a piece of the body behind what is there already.
    func decode(_ bytes: UnsafeRawBufferPointer, _ decoder: Decompressor) -> Failure? {
        do throws(CodingError) {
            try decoder.append(bytes, into: &self.bytes)
            return nil
        } catch {
            return Failures.undecodable(error)
        }
    }

    /// Ends a coded body and lets go of its decoder; a failure when the content is not whole.
    func endDecoding() -> Failure? {
        guard let decoder = self.decoder else { return nil }
        defer { self.releaseDecoder() }
        // No content at all is not coded either.
        guard decoder.consumed > 0 else { return nil }
        do throws(CodingError) {
            try decoder.finish()
            return nil
        } catch {
            return Failures.undecodable(error)
        }
    }

    func releaseDecoder() {
        guard let decoder = self.decoder else { return }
        self.decoder = nil
        self.worker.coders.giveBack(decoder)
    }
}

extension Failures {
    /// What is wrong with a coded body.
    static func undecodable(_ error: CodingError) -> Failure {
        switch error {
        case .tooLarge, .ratio, .outputFull: contentTooLarge(error.message)
        case .corrupt, .truncated, .trailing: malformedContent(error.message)
        case .finished, .unavailable: noCoder
        }
    }
}
