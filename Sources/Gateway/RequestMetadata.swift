internal import Bytes
internal import Exchanges
internal import GRPC
internal import HTTPMessages
internal import Nghttp2
internal import Policies

/// Turns a client's header fields into the metadata of a call, as the policy allows.
enum RequestMetadata {
    /// Appends metadata to a call's header block.
    ///
    /// - Parameters:
    ///   - head: the request's head.
    ///   - facts: of the request; its id goes on.
    ///   - client: the client's address as text.
    ///   - policy: what may go on.
    ///   - block: the call's headers, already reset to the route's prepared ones.
    /// - Returns: false when a `-bin` field is no base64: a backend would fail the call for it.
    static func append(
        _ head: RequestHead,
        facts: borrowing AnswerFacts,
        client: [UInt8],
        policy: RequestMetadataPolicy,
        to block: HeaderBlock
    ) -> Bool {
        for index in 0..<head.fieldCount {
            let name = head.name(at: index)
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
        if !client.isEmpty {
            client.withUnsafeBytes { _ = block.append(name: "x-forwarded-for", value: $0) }
        }
        block.append(name: "x-forwarded-proto", value: "http")
        if !head.host.isEmpty { block.append(name: "x-forwarded-host", value: head.host) }
        // Different in each call: kept out of the compression's table, where it would only push
        // out what repeats.
        facts.requestID.withUnsafeBytes {
            _ = block.append(name: "x-request-id", value: $0, isSensitive: true)
        }
        return true
    }
}
