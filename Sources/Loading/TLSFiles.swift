internal import Configuration
internal import Foundation
internal import OpenSSL

/// Reads the certificates and keys that a configuration names, and tries whether they can be used.
///
/// A context is made of them and thrown away: what is wrong with a file is told before a port is
/// bound, at the key that names the file.
struct TLSFiles {
    private(set) var errors: [ConfigError] = []
    private(set) var warnings: [ConfigError] = []
    private let environment: [String: String]
    private let now = Int64(Date().timeIntervalSince1970)

    /// More than any file of certificates needs; the system's roots take some 200 KiB.
    private static let maxBytes = 4 << 20
    /// Where systems keep the certificates of all whom they trust, in one file: Debian, Fedora,
    /// Alpine.
    private static let systemFiles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
    ]

    init(environment: [String: String]) {
        self.environment = environment
    }

    /// Fills in what the files say; what cannot be read or used is an error.
    mutating func read(_ configuration: inout GatewayConfiguration, _ access: inout FileAccess) {
        for index in configuration.listen.indices {
            self.read(&configuration.listen[index].tls, &access)
        }
        for index in configuration.backends.indices {
            guard var tls = configuration.backends[index].tls else { continue }
            self.read(&tls, &access)
            configuration.backends[index].tls = tls
        }
    }

    // MARK: - Listeners

    private mutating func read(
        _ certificates: inout [ListenerTLSConfiguration],
        _ access: inout FileAccess
    ) {
        let before = self.errors.count
        for index in certificates.indices {
            let tls = certificates[index]
            // A key that is missing has had its error.
            guard !tls.certificate.value.isEmpty, !tls.key.value.isEmpty else { continue }
            let identity = self.identity(tls.certificate, tls.key, &access)
            let authorities = tls.clientAuthorities.flatMap { self.read($0, &access) }
            certificates[index].texts = identity.map {
                ListenerTLSConfiguration.Texts(identity: $0, clientAuthorities: authorities)
            }
        }
        let texts = certificates.compactMap(\.texts)
        guard !texts.isEmpty, texts.count == certificates.count, self.errors.count == before else {
            return
        }
        let settings = TLSServerSettings(
            identities: texts.map { TLSIdentity(chain: $0.identity.chain, key: $0.identity.key) },
            clientAuthorities: texts[0].clientAuthorities
        )
        do throws(TLSError) {
            let bytes = [UInt8](repeating: 0, count: TicketKey.byteCount)
            let keys = TicketKeys(try TicketKey(bytes))
            let context = try TLSServerContext(settings, ticketKeys: keys)
            for (certificate, tls) in zip(context.certificates, certificates) {
                self.checkTime(of: certificate, at: tls.certificate.place)
            }
        } catch {
            self.errors.append(ConfigError(error.text, at: Self.place(of: error, in: certificates)))
        }
    }

    private static func place(
        of error: TLSError,
        in certificates: [ListenerTLSConfiguration]
    ) -> SourcePlace {
        let first = certificates[0]
        return switch error.part {
        case .certificate(let index) where index < certificates.count:
            certificates[index].certificate.place
        case .key(let index) where index < certificates.count:
            certificates[index].key.place
        case .authorities:
            first.clientAuthorities?.place ?? first.places.own
        case .certificate, .key, .ticketKeys, nil:
            first.places.own
        }
    }

    // MARK: - Backends

    private mutating func read(_ tls: inout BackendTLSConfiguration, _ access: inout FileAccess) {
        let identity = self.identity(tls.certificate, tls.key, &access)
        let authorities = tls.authorities ?? self.systemFile(for: tls)
        guard let authorities, let text = self.read(authorities, &access) else { return }
        // One of the two alone is an error of its own.
        if (tls.certificate != nil || tls.key != nil) && identity == nil { return }
        tls.texts = BackendTLSConfiguration.Texts(authorities: text, identity: identity)
        let settings = TLSClientSettings(
            roots: .pem(text),
            identity: identity.map { TLSIdentity(chain: $0.chain, key: $0.key) }
        )
        do throws(TLSError) {
            let context = try TLSClientContext(settings)
            if let certificate = context.certificate, let place = tls.certificate?.place {
                self.checkTime(of: certificate, at: place)
            }
        } catch {
            let place =
                switch error.part {
                case .authorities: authorities.place
                case .certificate: tls.certificate?.place
                case .key: tls.key?.place
                case .ticketKeys, nil: nil as SourcePlace?
                }
            self.errors.append(ConfigError(error.text, at: place ?? tls.places.own))
        }
    }

    /// The file of those whom the system trusts; an error without one.
    private mutating func systemFile(for tls: BackendTLSConfiguration) -> Placed<String>? {
        let place = tls.places.own
        if let file = self.environment["SSL_CERT_FILE"], !file.isEmpty {
            return Placed(file, at: place)
        }
        if let file = Self.systemFiles.first(where: { FileAccess.exists($0) }) {
            return Placed(file, at: place)
        }
        self.errors.append(
            ConfigError(
                "expected the system's certificates in \(Self.systemFiles[0]), found none",
                at: place,
                hint: "install ca-certificates, set SSL_CERT_FILE, or name a file: ca"
            )
        )
        return nil
    }

    // MARK: - Files

    private mutating func identity(
        _ certificate: Placed<String>?,
        _ key: Placed<String>?,
        _ access: inout FileAccess
    ) -> PEMIdentity? {
        let chain = certificate.flatMap { self.read($0, &access) }
        let key = key.flatMap { self.read($0, &access) }
        guard let chain, let key else { return nil }
        return PEMIdentity(chain: chain, key: key)
    }

    private mutating func read(_ file: Placed<String>, _ access: inout FileAccess) -> [UInt8]? {
        do throws(FileAccess.Trouble) {
            return try access.read(file.value, maxBytes: Self.maxBytes)
        } catch {
            self.errors.append(ConfigError(error.message, at: file.place))
            return nil
        }
    }

    /// Warns of a certificate that peers will refuse today.
    private mutating func checkTime(of certificate: Certificate, at place: SourcePlace) {
        let subject = certificate.subject
        if certificate.isExpired(at: self.now) {
            let day = Self.day(certificate.notAfter)
            self.warnings.append(
                ConfigError("the certificate '\(subject)' has expired on \(day)", at: place)
            )
        } else if certificate.notBefore > self.now {
            let day = Self.day(certificate.notBefore)
            self.warnings.append(
                ConfigError("the certificate '\(subject)' is not valid before \(day)", at: place)
            )
        }
    }

    /// A time as a day, such as `2026-01-31`.
    private static func day(_ unixSeconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: TimeInterval(unixSeconds))
        return String(date.ISO8601Format().prefix(10))
    }
}
