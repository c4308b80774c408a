internal import NIOCore

extension ListenerTraits {
    /// Adds the handlers of a connection just accepted, those nearest to the socket first.
    ///
    /// - Returns: false if the table has no room and the channel is closed.
    /// - Throws: `TLSError`.
    @discardableResult
    func setUp(_ channel: any Channel, table: ConnectionTable) throws -> Bool {
        let pipeline = channel.pipeline.syncOperations
        let connection = table.makeConnection(self)
        if self.expectsProxyHeader { try pipeline.addHandler(ProxyProtocolHandler(connection)) }
        if let tls = self.tls { try pipeline.addHandler(tls.makeHandler(on: channel.eventLoop)) }
        try pipeline.addHandler(connection)
        return table.holds(connection)
    }
}
