package import Bytes
package import NIOCore
internal import TLSChannel

/// What a connection has from its listener, and what the handshake of TLS tells it.
extension ClientConnection {
    /// Whether the client speaks TLS to the gateway.
    package var isSecure: Bool { self.traits.tls != nil }

    /// Appends the field line that every answer of the listener carries, if there is one.
    package func appendOwnField(to head: inout OutputBuffer) {
        guard !self.traits.field.isEmpty else { return }
        head.append(self.traits.field)
    }

    /// The channel is open, and behind TLS the handshake over.
    package func channelActive(context: ChannelHandlerContext) {
        if self.isHandshaking {
            self.isHandshaking = false
            // What the handshake took is no time for a request.
            self.age.restart()
        }
        context.fireChannelActive()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let handshake = event as? TLSHandshakeCompleted {
            self.clientCertificate = handshake.peerCertificate.map { ClientCertificate($0) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.isHandshaking {
            self.isHandshaking = false
            self.table.counters.handshakes.count(error)
        }
        // A reset, a failed write, or an end without a goodbye: the peer is gone, and so is what it
        // asked for. HTTP's own framing tells whether something is missing.
        context.close(promise: nil)
    }
}
