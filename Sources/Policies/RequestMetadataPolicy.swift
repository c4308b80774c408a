public import HTTPMessages

/// Which header fields of a client become gRPC metadata: deny by default.
///
/// A browser must not be able to set a backend's internal metadata (grpc-gateway's issue 7281), so
/// only a built-in list of fields that are harmless and useful goes on, and what the configuration
/// adds. A name that steers the call itself (`grpc-*`, `te`, `content-type`, connection fields) or
/// that the gateway sets never goes on, whatever the configuration says; `isAllowed` lets the
/// loader say so early.
public struct RequestMetadataPolicy: Sendable, Equatable {
    /// What becomes of one header field.
    public enum Disposition: Sendable, Equatable {
        case drop
        /// Goes on under its own, lower-case, name.
        case forward
        /// Goes on under a name of ours.
        case forwardAsUserAgent
        /// `Grpc-Metadata-<name>` goes on as `<name>`; the prefix is this many bytes long.
        case forwardWithoutPrefix(Int)
    }

    /// Names allowed beyond the built-in list, lower-case.
    private let added: [[UInt8]]
    private let acceptsGRPCMetadata: Bool
    /// Whether the gateway tells who the client is by its certificate: then `x-client-cert-*` of
    /// clients never goes on, whatever else is allowed.
    public let tellsClientCertificate: Bool

    /// Makes a policy.
    ///
    /// - Parameters:
    ///   - added: `metadata.request` of the configuration; names that are not allowed are left out.
    ///   - acceptsGRPCMetadata: `metadata.grpc_metadata`: `Grpc-Metadata-*` goes on, prefix removed.
    ///   - tellsClientCertificate: `metadata.client_certificate`.
    public init(
        added: [String] = [],
        acceptsGRPCMetadata: Bool = false,
        tellsClientCertificate: Bool = false
    ) {
        self.added = added.filter { Self.isAllowed($0) }.map { Array($0.lowercased().utf8) }
        self.acceptsGRPCMetadata = acceptsGRPCMetadata
        self.tellsClientCertificate = tellsClientCertificate
    }

    /// Whether a configuration may allow this name.
    public static func isAllowed(_ name: String) -> Bool {
        let bytes = Array(name.lowercased().utf8)
        guard !bytes.isEmpty, bytes.allSatisfy(Self.isMetadataByte) else { return false }
        return bytes.withUnsafeBytes { !Self.isReserved($0) }
    }

    /// Whether a field's value can be metadata: visible ASCII and spaces (PROTOCOL-HTTP2.md,
    /// ASCII-Value).
    ///
    /// HTTP allows more (tabs and bytes from 0x80 up), and some servers refuse a whole call for one
    /// such byte, or take it for another one (CVE-2023-27488): a field that has one stays behind.
    /// The value of a `-bin` name is base64, so the rule holds for it too.
    public static func isValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// What becomes of the field.
    ///
    /// - Parameters:
    ///   - name: the field's class.
    ///   - bytes: its name, lower-case.
    /// - Returns: whether it goes on, and under which name.
    public func disposition(
        of name: FieldName,
        bytes: UnsafeRawBufferPointer
    ) -> Disposition {
        switch name {
        case .authorization, .traceparent, .tracestate, .acceptLanguage, .lastEventID:
            return .forward
        case .userAgent:
            return .forwardAsUserAgent
        case .host, .contentLength, .transferEncoding, .contentType, .connection, .te, .xRequestID:
            // The request id goes on as well, but as checked or made by the gateway.
            return .drop
        default:
            return self.addedDisposition(of: bytes)
        }
    }

    private func addedDisposition(of bytes: UnsafeRawBufferPointer) -> Disposition {
        if self.tellsClientCertificate, Self.hasPrefix(Self.clientCertificate, bytes) {
            return .drop
        }
        for name in self.added where Self.equals(name, bytes) { return .forward }
        guard self.acceptsGRPCMetadata, Self.hasPrefix(Self.grpcMetadata, bytes) else {
            return .drop
        }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[Self.grpcMetadata.count...])
        guard rest.count > 0, !Self.isReserved(rest), rest.allSatisfy(Self.isMetadataByte),
            !self.tellsClientCertificate || !Self.hasPrefix(Self.clientCertificate, rest)
        else { return .drop }
        return .forwardWithoutPrefix(Self.grpcMetadata.count)
    }

    // MARK: - Names

    private static let grpcMetadata = Array("grpc-metadata-".utf8)
    private static let clientCertificate = Array("x-client-cert-".utf8)

    /// Names that steer the call or the connection, or that the gateway sets itself.
    private static let reserved: [[UInt8]] = [
        "te", "trailer", "host", "content-type", "content-length", "content-encoding",
        "transfer-encoding", "connection", "keep-alive", "proxy-connection", "upgrade", "expect",
        "http2-settings", "user-agent", "x-request-id", "x-forwarded-for", "x-forwarded-proto",
        "x-forwarded-host", "x-forwarded-user-agent", "forwarded", "x-real-ip",
    ].map { Array($0.utf8) }

    private static let grpcPrefix = Array("grpc-".utf8)

    private static func isReserved(_ bytes: UnsafeRawBufferPointer) -> Bool {
        Self.hasPrefix(Self.grpcPrefix, bytes) || Self.reserved.contains { Self.equals($0, bytes) }
    }

    /// The bytes of a metadata name (gRPC's PROTOCOL-HTTP2.md, Header-Name).
    private static func isMetadataByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default:
            false
        }
    }

    private static func equals(_ name: [UInt8], _ bytes: UnsafeRawBufferPointer) -> Bool {
        name.count == bytes.count && name.elementsEqual(bytes)
    }

    private static func hasPrefix(_ prefix: [UInt8], _ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= prefix.count && prefix.elementsEqual(bytes[..<prefix.count])
    }
}
