public import OpenSSL

/// Where one event loop's listener gets the context of new connections from.
///
/// A reload replaces `current` and `settings`; connections that are open keep what they began with.
public final class TLSServerSource {
    /// The context of connections accepted from now on.
    public var current: TLSServerContext
    /// What those connections may take.
    public var settings: TLSHandlerSettings
    private let buffers = TLSBuffers()

    /// Makes a source; it belongs to its event loop, as its contexts do.
    public init(_ context: TLSServerContext, settings: TLSHandlerSettings = TLSHandlerSettings()) {
        self.current = context
        self.settings = settings
    }

    /// Makes the handler of a connection just accepted; it is to be the first in its pipeline.
    ///
    /// - Throws: `outOfMemory`.
    public func makeHandler() throws(TLSError) -> TLSHandler {
        TLSHandler(
            engine: try TLSEngine(server: self.current),
            isServer: true,
            buffers: self.buffers,
            settings: self.settings
        )
    }
}
