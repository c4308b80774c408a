internal import Bytes
internal import Exchanges
internal import FrontDoor
internal import GRPC
internal import HTTPMessages
internal import Nghttp2
internal import Policies
internal import Telemetry

/// Turns a client's header fields into the metadata of a call, as the policy allows.
enum RequestMetadata {
    /// Appends metadata to a call's header block.
    ///
    /// - Parameters:
    ///   - head: the request's head.
    ///   - facts: of the request; its id goes on.
    ///   - client: the client's address as text.
    ///   - isSecure: whether the connection is one of TLS.
    ///   - certificate: the client's; nil without one.
    ///   - forwarding: what trusted proxies tell of the client; nil without any.
    ///   - trace: begun by the gateway, in place of what the client sent; nil to pass that on.
    ///   - scratch: for values under way.
    ///   - policy: what may go on.
    ///   - block: the call's headers, already reset to the route's prepared ones.
    /// - Returns: false when a `-bin` field is no base64: a backend would fail the call for it.
    static func append(
        _ head: RequestHead,
        facts: borrowing AnswerFacts,
        client: [UInt8],
        isSecure: Bool,
        certificate: ClientCertificate?,
        forwarding: ClientForwarding?,
        trace: TraceContext?,
        scratch: inout OutputBuffer,
        policy: RequestMetadataPolicy,
        to block: HeaderBlock
    ) -> Bool {
        let scheme: ClientOrigin.Scheme = isSecure ? .https : .http
        for index in 0..<head.fieldCount {
            let name = head.name(at: index)
            if trace != nil, name == .traceparent || name == .tracestate { continue }
            let disposition = policy.disposition(of: name, bytes: head.nameBytes(at: index))
            guard disposition != .drop, RequestMetadataPolicy.isValue(head.value(at: index)) else {
                continue
            }
            if BinaryHeader.isName(head.nameBytes(at: index)),
                !BinaryHeader.isValid(head.value(at: index))
            {
                return false
            }
            switch disposition {
            case .drop:
                continue
            case .forward:
                block.append(
                    name: head.nameBytes(at: index),
                    value: head.value(at: index),
                    isSensitive: name == .authorization || name == .cookie
                )
            case .forwardAsUserAgent:
                block.append(name: "x-forwarded-user-agent", value: head.value(at: index))
            case .forwardWithoutPrefix(let count):
                block.append(
                    name: UnsafeRawBufferPointer(rebasing: head.nameBytes(at: index)[count...]),
                    value: head.value(at: index)
                )
            }
        }
        if let forwarding {
            Self.append(forwarding, head, scheme: scheme, scratch: &scratch, to: block)
        } else {
            if !client.isEmpty {
                client.withUnsafeBytes { _ = block.append(name: "x-forwarded-for", value: $0) }
            }
            block.append(name: "x-forwarded-proto", value: scheme.text)
            if !head.host.isEmpty { block.append(name: "x-forwarded-host", value: head.host) }
        }
        if policy.tellsClientCertificate, let certificate {
            Self.append(certificate, to: block)
        }
        if let trace {
            scratch.removeAll()
            trace.append(to: &scratch)
            scratch.withUnsafeBytes {
                _ = block.append(name: "traceparent", value: $0, isSensitive: true)
            }
        }
        // Different in each call: kept out of the compression's table, where it would only push
        // out what repeats.
        facts.requestID.withUnsafeBytes {
            _ = block.append(name: "x-request-id", value: $0, isSensitive: true)
        }
        return true
    }

    private static func append(_ certificate: ClientCertificate, to block: HeaderBlock) {
        if !certificate.subject.isEmpty {
            certificate.subject.withUnsafeBytes {
                _ = block.append(name: "x-client-cert-subject", value: $0)
            }
        }
        for name in certificate.names {
            name.withUnsafeBytes { _ = block.append(name: "x-client-cert-san", value: $0) }
        }
    }

    private static func append(
        _ forwarding: ClientForwarding,
        _ head: RequestHead,
        scheme: ClientOrigin.Scheme,
        scratch: inout OutputBuffer,
        to block: HeaderBlock
    ) {
        let origin = forwarding.origin
        scratch.removeAll()
        origin.appendForwardedFor(connection: forwarding.connection, into: &scratch)
        scratch.withUnsafeBytes { _ = block.append(name: "x-forwarded-for", value: $0) }
        block.append(name: "x-forwarded-proto", value: (origin.scheme ?? scheme).text)
        let host = origin.host ?? head.host
        if !host.isEmpty { block.append(name: "x-forwarded-host", value: host) }
    }
}
