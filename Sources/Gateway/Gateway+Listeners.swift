internal import FrontDoor
internal import NIOCore
internal import OpenSSL

/// How listeners come to their sockets and their certificates.
extension Gateway {
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
            for (index, address) in settings.listen.enumerated() {
                do {
                    var tls: ListenerTLS?
                    if let secured = settings.listenerTLS[index] {
                        tls = try await .make(secured, ticketKeys: keys, loops: loops)
                    }
                    let traits = ListenerTraits(
                        tls: tls,
                        strictTransportSeconds: settings.strictTransport[index]
                    )
                    listeners.append(
                        try await Listener.bind(
                            address,
                            loops: loops,
                            tables: tables,
                            traits: traits
                        )
                    )
                } catch {
                    throw StartError(address: address, cause: error)
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
            guard let tls = listener.traits.tls, let next = settings.listenerTLS[index],
                next != before.listenerTLS[index]
            else { continue }
            renewals.append(try await tls.prepare(next))
        }
        return renewals
    }
}

extension Listener {
    /// Where clients connect, as they write it.
    var place: String { "\(self.traits.tls == nil ? "http" : "https")://\(self.address)" }
}
