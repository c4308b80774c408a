public import Foundation

/// Certificates for tests, made by the openssl command in a folder of its own when first asked for.
public final class Authority: Sendable {
    /// The root of most certificates.
    public static let shared = Authority(name: "Transom Test Root")
    /// Another root, which signs nothing the first one knows.
    public static let other = Authority(name: "Other Root")

    /// A certificate with its key, and the files they stand in.
    public struct Issued: Sendable {
        public var certificate: [UInt8]
        public var key: [UInt8]
        public var certificatePath: String
        public var keyPath: String
    }

    /// Where the files are.
    public let folder: URL
    /// The root's certificate.
    public let root: Issued

    private static let configuration = """
        [ca]
        default_ca = authority
        [authority]
        database = index.txt
        rand_serial = yes
        new_certs_dir = .
        default_md = sha256
        unique_subject = no
        policy = policy
        [policy]
        organizationName = optional
        commonName = optional
        [req]
        distinguished_name = name
        [name]
        """

    private init(name: String) {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("transom-tls-\(UUID().uuidString)")
        self.folder = folder
        do {
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: true
            )
            atexit { Authority.removeFolders() }
            try Data().write(to: folder.appendingPathComponent("index.txt"))
            try Data(Self.configuration.utf8).write(to: folder.appendingPathComponent("ca.cnf"))
            try Self.run(
                ["req", "-x509", "-config", "ca.cnf", "-subj", "/CN=\(name)", "-days", "3650"]
                    + Self.newKey("root", "ec") + ["-out", "root.pem"]
                    + ["-addext", "basicConstraints=critical,CA:TRUE"],
                in: folder
            )
            self.root = try Self.read("root", in: folder)
        } catch {
            fatalError("the openssl command cannot make certificates: \(error)")
        }
    }

    private static func removeFolders() {
        for authority in [Authority.shared, Authority.other] {
            try? FileManager.default.removeItem(at: authority.folder)
        }
    }

    /// Makes a certificate that the root signs.
    ///
    /// - Parameters:
    ///   - name: of the files, and the common name unless `subject` is there.
    ///   - subject: as openssl's `-subj` wants it.
    ///   - names: the alternative names, as openssl writes them: `DNS:a.test,IP:127.0.0.1`.
    ///   - algorithm: `ec` or `rsa`.
    ///   - dates: first and last second, as `YYYYMMDDHHMMSSZ`.
    /// - Returns: the certificate, its key and their files.
    /// - Throws: what openssl says.
    public func issue(
        _ name: String,
        subject: String? = nil,
        names: String? = nil,
        algorithm: String = "ec",
        dates: (String, String) = ("20200101000000Z", "20491231000000Z")
    ) throws -> Issued {
        try Self.run(
            ["req", "-config", "ca.cnf", "-subj", subject ?? "/CN=\(name)"]
                + Self.newKey(name, algorithm) + ["-out", "\(name).csr"],
            in: self.folder
        )
        let alternative = names.map { "subjectAltName=\($0)\n" } ?? ""
        let extensions = self.folder.appendingPathComponent("\(name).ext")
        try Data("basicConstraints=CA:FALSE\n\(alternative)".utf8).write(to: extensions)
        try Self.run(
            ["ca", "-batch", "-config", "ca.cnf", "-cert", "root.pem", "-keyfile", "root.key"]
                + ["-in", "\(name).csr", "-out", "\(name).pem", "-extfile", "\(name).ext"]
                + ["-startdate", dates.0, "-enddate", dates.1, "-notext"],
            in: self.folder
        )
        return try Self.read(name, in: self.folder)
    }

    /// A key's text, encrypted.
    public func encrypted(_ issued: Issued) throws -> [UInt8] {
        let outcome = try Command.openssl(
            ["pkey", "-in", issued.keyPath, "-aes256", "-passout", "pass:secret"]
        )
        return Array(outcome.text.utf8)
    }

    private static func newKey(_ name: String, _ algorithm: String) -> [String] {
        let kind =
            algorithm == "ec"
            ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : ["-newkey", algorithm]
        return kind + ["-nodes", "-keyout", "\(name).key"]
    }

    private static func read(_ name: String, in folder: URL) throws -> Issued {
        let certificate = folder.appendingPathComponent("\(name).pem")
        let key = folder.appendingPathComponent("\(name).key")
        return Issued(
            certificate: Array(try Data(contentsOf: certificate)),
            key: Array(try Data(contentsOf: key)),
            certificatePath: certificate.path,
            keyPath: key.path
        )
    }

    private static func run(_ arguments: [String], in folder: URL) throws {
        let outcome = try Command.openssl(arguments, in: folder)
        guard outcome.status == 0 else { throw Failure(text: outcome.text) }
    }

    private struct Failure: Error {
        var text: String
    }
}
