internal import Bytes
internal import COpenSSL
internal import Glibc

/// Reads what OpenSSL has parsed.
extension Certificate {
    /// The most alternative names that are read: a peer's certificate may hold thousands.
    private static let maxNames: Int32 = 100

    init(_ certificate: OpaquePointer) {
        self.init(
            subject: Self.text(of: X509_get_subject_name(certificate)),
            issuer: Self.text(of: X509_get_issuer_name(certificate)),
            names: Self.names(of: certificate),
            notBefore: Self.seconds(X509_get0_notBefore(certificate)),
            notAfter: Self.seconds(X509_get0_notAfter(certificate))
        )
    }

    private static func text(of name: OpaquePointer?) -> String {
        guard let name, let sink = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(sink) }
        // RFC 2253, with everything outside of printable ASCII escaped.
        guard X509_NAME_print_ex(sink, name, 0, transom_name_flags) >= 0 else {
            ErrorQueue.clear()
            return ""
        }
        var bytes = [UInt8](repeating: 0, count: Int(BIO_ctrl_pending(sink)))
        var count = 0
        let result = BIO_read_ex(sink, &bytes, bytes.count, &count)
        return result == 1 ? String(decoding: bytes.prefix(count), as: UTF8.self) : ""
    }

    private static func names(of certificate: OpaquePointer) -> [Name] {
        guard
            let pointer = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil)
        else { return [] }
        let stack = OpaquePointer(pointer)
        defer { GENERAL_NAMES_free(stack) }
        var names: [Name] = []
        for index in 0..<min(Self.maxNames, OPENSSL_sk_num(stack)) {
            guard let value = OPENSSL_sk_value(stack, index),
                let name = Self.name(value.assumingMemoryBound(to: GENERAL_NAME.self))
            else { continue }
            names.append(name)
        }
        return names
    }

    private static func name(_ name: UnsafePointer<GENERAL_NAME>) -> Name? {
        var type: Int32 = 0
        guard let value = GENERAL_NAME_get0_value(name, &type) else { return nil }
        switch type {
        case GEN_DNS:
            return Self.ascii(value).map { .dns($0.lowercased()) }
        case GEN_URI:
            return Self.ascii(value).map { .uri($0) }
        case GEN_EMAIL:
            return Self.ascii(value).map { .email($0) }
        case GEN_IPADD:
            return Self.bytes(value).flatMap { Self.address($0) }.map { .ip($0) }
        default:
            return nil
        }
    }

    private static func bytes(_ value: UnsafeMutableRawPointer) -> UnsafeRawBufferPointer? {
        let string = value.assumingMemoryBound(to: ASN1_STRING.self)
        guard let start = ASN1_STRING_get0_data(string) else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(ASN1_STRING_length(string)))
    }

    private static func ascii(_ value: UnsafeMutableRawPointer) -> String? {
        guard let bytes = Self.bytes(value), !bytes.isEmpty,
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func address(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.count == 4 || bytes.count == 16, let start = bytes.baseAddress else {
            return nil
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, start, &text, socklen_t(text.count)) != nil else { return nil }
        return text.withUnsafeBufferPointer { text in
            text.baseAddress.map { String(cString: $0) }
        }
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1,
            let date = CivilDate(
                year: Int(parts.tm_year) + 1900,
                month: Int(parts.tm_mon) + 1,
                day: Int(parts.tm_mday)
            ),
            let civil = CivilTime(
                date: date,
                hour: Int(parts.tm_hour),
                minute: Int(parts.tm_min),
                second: Int(parts.tm_sec)
            )
        else {
            ErrorQueue.clear()
            return 0
        }
        return civil.unixSeconds
    }
}
