internal import NIOCore
internal import OpenSSL
internal import Testing

@testable internal import FrontDoor

@Suite("handshakes that fail are counted by reason")
struct HandshakeCountersTests {
    @Test(
        "each kind of error has its reason",
        arguments: [
            (TLSError.Kind.plainHTTP, "tls_plain_http"), (.wrongVersion, "tls_version"),
            (.noSharedCipher, "tls_cipher"), (.unknownAuthority, "tls_certificate"),
            (.certificateExpired, "tls_certificate"), (.certificateNotYetValid, "tls_certificate"),
            (.certificateRejected, "tls_certificate"), (.certificateMissing, "tls_certificate"),
            (.noApplicationProtocol, "tls_protocol"), (.timedOut, "tls_timeout"),
            (.truncated, "tls_hang_up"), (.peerAlert, "tls_alert"),
            (.protocolViolation, "tls_other"), (.tooMuch, "tls_other"),
            (.outOfMemory, "tls_other"),
        ]
    )
    func kinds(kind: TLSError.Kind, reason: String) {
        var counters = HandshakeCounters()
        counters.count(TLSError(kind: kind, text: "x"))
        #expect(self.reasons(counters) == [reason])
    }

    @Test("an error of the socket is a client that hung up")
    func socket() {
        var counters = HandshakeCounters()
        counters.count(IOError(errnoCode: 104, reason: "read"))
        #expect(self.reasons(counters) == ["tls_hang_up"])
    }

    private func reasons(_ counters: HandshakeCounters) -> [String] {
        var reasons: [String] = []
        counters.visit { reason, count in
            if count > 0 { reasons.append("\(reason)") }
        }
        return reasons
    }
}
