package import NIOCore
package import OpenSSL
internal import TLSChannel

/// The TLS of one listener, on all loops that take its connections.
///
/// Each loop has a context of its own; the keys of session tickets are the same in all of them, so
/// that a client may resume on any.
package final class ListenerTLS: Sendable {
    private let sources: [NIOLoopBound<TLSServerSource>]

    private init(_ sources: [NIOLoopBound<TLSServerSource>]) {
        self.sources = sources
    }

    /// Makes the contexts.
    ///
    /// - Parameters:
    ///   - settings: what is presented and asked for.
    ///   - ticketKeys: of all listeners.
    ///   - loops: those that take connections.
    /// - Returns: the TLS of a listener that is to be bound.
    /// - Throws: `TLSError`: what is wrong with which text.
    package static func make(
        _ settings: ListenerTLSSettings,
        ticketKeys: TicketKeys,
        loops: [any EventLoop]
    ) async throws -> ListenerTLS {
        let handler = Self.handlerSettings(settings)
        var sources: [NIOLoopBound<TLSServerSource>] = []
        for loop in loops {
            let source = loop.submit {
                let context = try TLSServerContext(settings.server, ticketKeys: ticketKeys)
                return NIOLoopBound(TLSServerSource(context, settings: handler), eventLoop: loop)
            }
            sources.append(try await source.get())
        }
        return ListenerTLS(sources)
    }

    /// Makes the handler of a connection on its loop; it is to stand in front of all that see
    /// plaintext.
    func makeHandler(on eventLoop: any EventLoop) throws -> TLSHandler {
        guard let source = self.sources.first(where: { $0.eventLoop === eventLoop }) else {
            throw TLSError(kind: .misuse, text: "expected an event loop of the listener's")
        }
        return try source.value.makeHandler()
    }

    private static func handlerSettings(_ settings: ListenerTLSSettings) -> TLSHandlerSettings {
        var handler = TLSHandlerSettings()
        handler.handshakeTimeout = .seconds(Int64(settings.handshakeSeconds))
        return handler
    }

    // MARK: - Change

    /// Contexts that are ready to take the place of a listener's.
    package struct Renewal: Sendable {
        fileprivate let contexts: [(NIOLoopBound<TLSServerSource>, NIOLoopBound<TLSServerContext>)]
        fileprivate let handler: TLSHandlerSettings

        /// Lets new connections see the new contexts and times; those that are open keep theirs.
        package func install() async {
            let handler = self.handler
            for (source, context) in self.contexts {
                let done = source.eventLoop.submit {
                    // They may have changed since the context was made.
                    context.value.ticketKeys = source.value.current.ticketKeys
                    source.value.current = context.value
                    source.value.settings = handler
                }
                try? await done.get()
            }
        }
    }

    /// Makes new contexts on all loops, which change nothing before they are installed.
    ///
    /// - Throws: `TLSError`: what is wrong with which text.
    package func prepare(_ settings: ListenerTLSSettings) async throws -> Renewal {
        var contexts: [(NIOLoopBound<TLSServerSource>, NIOLoopBound<TLSServerContext>)] = []
        for source in self.sources {
            let context = source.eventLoop.submit {
                let keys = source.value.current.ticketKeys
                let context = try TLSServerContext(settings.server, ticketKeys: keys)
                return NIOLoopBound(context, eventLoop: source.eventLoop)
            }
            contexts.append((source, try await context.get()))
        }
        return Renewal(contexts: contexts, handler: Self.handlerSettings(settings))
    }

    /// Seals tickets with other keys from now on, on each loop as soon as it can.
    package func use(_ ticketKeys: TicketKeys) {
        for source in self.sources {
            source.eventLoop.execute { source.value.current.ticketKeys = ticketKeys }
        }
    }
}
