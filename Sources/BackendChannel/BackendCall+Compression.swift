internal import Bytes
internal import GRPC
internal import Nghttp2

/// Messages that are compressed one by one (gRPC's compression.md, and "Compressed-Flag" of
/// PROTOCOL-HTTP2.md).
///
/// The answer's `grpc-encoding` says once how its compressed messages are to be undone; each says
/// for itself whether it is one. A request's messages are compressed where they lie, so that
/// another attempt sends the same bytes.
extension BackendCall {
    /// Has the request compressed from now on, and says so in the head that is sent.
    func compressRequest(with coders: MessageCoders) {
        self.coders = coders
        self.compressesRequest = true
        self.sentHeaders.append(name: "grpc-encoding", value: "gzip")
        self.compressMessages()
    }

    /// Compresses what was appended to the request since it last was.
    func compressMessages() {
        guard self.compressesRequest, let coders = self.coders else { return }
        self.progress.shrinks(from: self.request.count)
        self.codedBytes = coders.compress(&self.request, from: self.codedBytes)
    }

    /// The bytes at the front of the request that may leave.
    ///
    /// Of a request that is compressed only what has been is ready.
    var readyBytes: Int { self.compressesRequest ? self.codedBytes : self.request.count }

    /// Decompresses one message of the answer and tells it.
    func tellCompressed(_ message: UnsafeRawBufferPointer) throws(Failure) {
        guard let coders = self.coders, let decoder = coders.takeDecoder() else {
            throw Failure(
                code: .internal,
                origin: .gateway,
                message: "no memory to decompress a message",
                cause: "no_decoder"
            )
        }
        defer { coders.giveBack(decoder) }
        let decoded = try decoder.decode(message, limit: self.maxMessageBytes)
        self.events?.callReceivedMessage(self, decoded)
    }
}
