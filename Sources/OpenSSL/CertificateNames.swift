/// Which certificates are for a name that a client asks for (RFC 6066, 3).
struct CertificateNames {
    /// Places in the list of certificates, by name; wildcards by what follows the `*`.
    private var exact: [String: [Int]] = [:]
    private var wildcard: [String: [Int]] = [:]

    init(_ certificates: [Certificate]) {
        for (index, certificate) in certificates.enumerated() {
            for name in Set(certificate.dnsNames) {
                if name.hasPrefix("*.") {
                    self.wildcard[String(name.dropFirst()), default: []].append(index)
                } else {
                    self.exact[name, default: []].append(index)
                }
            }
        }
    }

    /// The certificates for `name`, in any case and with or without the dot of the root.
    func fitting(_ name: String) -> [Int] {
        var name = name.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        if let found = self.exact[name] { return found }
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return [] }
        return self.wildcard[String(name[dot...])] ?? []
    }
}
