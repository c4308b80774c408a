internal import FrontDoor
internal import NIOCore
internal import OpenSSL

/// How listeners come to their sockets and their certificates.
extension Gateway {
    /// Checks that each inherited socket has one listener, the admin endpoints' among them.
    ///
    /// - Throws: `StartError`.
    static func checkInherited(_ settings: GatewaySettings) throws(StartError) {
        let listeners = settings.listen + [settings.admin].compactMap { $0 }
        do throws(InheritedSocketConflict) {
            try settings.inherited.checkShares(of: listeners.map(\.address))
        } catch {
            throw StartError(address: error.address, cause: error.cause)
        }
    }

    /// Binds all listeners.
    ///
    /// - Parameters:
    ///   - settings: of the Shell.
    ///   - loops: those that take connections.
    ///   - tables: of the loops.
    /// - Returns: the listeners, which accept already.
    /// - Throws: `StartError`; nothing is left bound then.
    static func bindAll(
        _ settings: GatewaySettings,
        loops: [any EventLoop],
        tables: [NIOLoopBound<ConnectionTable>]
    ) async throws -> [Listener] {
        var listeners: [Listener] = []
        do {
            let keys = try TicketRotation.makeKeys()
            for listener in settings.listen {
                do {
                    var tls: ListenerTLS?
                    if let secured = listener.tls {
                        tls = try await .make(secured, ticketKeys: keys, loops: loops)
                    }
                    let traits = ListenerTraits(
                        tls: tls,
                        strictTransportSeconds: listener.strictTransportSeconds,
                        expectsProxyHeader: listener.expectsProxyHeader
                    )
                    listeners.append(
                        try await Listener.bind(
                            listener,
                            tables: tables,
                            traits: traits,
                            inherited: settings.inherited
                        )
                    )
                } catch {
                    throw StartError(address: listener.address, cause: error)
                }
            }
            TicketRotation.start(keys, of: listeners.compactMap(\.traits.tls), on: loops[0])
            return listeners
        } catch {
            for listener in listeners { await listener.close() }
            throw error
        }
    }

    /// Makes the contexts of listeners whose certificates are others now; nothing changes yet.
    ///
    /// - Throws: `TLSError`: what is wrong with which text.
    func prepareTLS(
        _ before: GatewaySettings,
        _ settings: GatewaySettings
    ) async throws -> [ListenerTLS.Renewal] {
        var renewals: [ListenerTLS.Renewal] = []
        for (index, listener) in self.listeners.enumerated() {
            guard let tls = listener.traits.tls, let next = settings.listen[index].tls,
                next != before.listen[index].tls
            else { continue }
            renewals.append(try await tls.prepare(next))
        }
        return renewals
    }
}

extension Listener {
    /// Where clients connect, in words: `https://127.0.0.1:8443`, `unix:///run/transom.sock` or
    /// `http://0.0.0.0:80 (fd:web)`.
    var places: [String] {
        let isSecured = self.traits.tls != nil
        var remarks: [String] = []
        if case .inherited = self.settings.address { remarks.append("\(self.settings.address)") }
        if self.traits.expectsProxyHeader { remarks.append("PROXY protocol") }
        if self.settings.sharesPort { remarks.append("shared") }
        return self.addresses.map { address in
            guard case .host = address else {
                let all = isSecured ? ["TLS"] + remarks : remarks
                return all.isEmpty ? "\(address)" : "\(address) (\(all.joined(separator: ", ")))"
            }
            let place = "\(isSecured ? "https" : "http")://\(address)"
            return remarks.isEmpty ? place : "\(place) (\(remarks.joined(separator: ", ")))"
        }
    }
}
