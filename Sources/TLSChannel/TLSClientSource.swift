public import OpenSSL

/// Where one event loop's pool gets the context of new connections to a backend from.
///
/// A reload replaces `current`; connections that are open keep the context they began with.
public final class TLSClientSource {
    /// The context of connections made from now on.
    public var current: TLSClientContext
    private let buffers = TLSBuffers()
    private let settings: TLSHandlerSettings

    /// Makes a source; it belongs to its event loop, as its contexts do.
    public init(_ context: TLSClientContext, settings: TLSHandlerSettings = TLSHandlerSettings()) {
        self.current = context
        self.settings = settings
    }

    /// Makes the handler of a connection; it is to be the first in its pipeline.
    ///
    /// - Parameter serverName: the host name or address that the backend's certificate must be for.
    /// - Returns: a handler for one connection.
    /// - Throws: `unusable` for a name that no certificate can have; `outOfMemory`.
    public func makeHandler(serverName: String) throws(TLSError) -> TLSHandler {
        TLSHandler(
            engine: try TLSEngine(client: self.current, serverName: serverName),
            isServer: false,
            buffers: self.buffers,
            settings: self.settings
        )
    }
}
