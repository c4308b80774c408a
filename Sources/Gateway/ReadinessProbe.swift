package import FrontDoor
internal import NIOCore
internal import NIOPosix

/// Asks a running gateway's `/readyz`.
package enum ReadinessProbe {
    /// Seconds that the answer may take.
    private static let seconds: Int64 = 2

    /// The answer in a few words: `ready`, `draining`, `unavailable: users`, or why there is none.
    package static func ask(_ address: ListenAddress) async -> (isReady: Bool, text: String) {
        do {
            let answer = try await Self.exchange(address)
            let isReady = answer.hasPrefix("HTTP/1.1 200 ")
            let body = answer.split(separator: "\r\n\r\n", maxSplits: 1).last ?? ""
            let word = body.split(whereSeparator: \.isNewline).first ?? "no answer"
            return (isReady, String(word))
        } catch {
            return (false, "cannot ask \(address): \(FailureWords.of(error))")
        }
    }

    private static func exchange(_ address: ListenAddress) async throws -> String {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: String.self)
        let timeout = loop.scheduleTask(in: .seconds(Self.seconds)) {
            answer.fail(ChannelError.connectTimeout(.seconds(Self.seconds)))
        }
        answer.futureResult.whenComplete { _ in timeout.cancel() }
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(Self.seconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ProbeHandler(answer: answer))
                }
            }
        do {
            switch address {
            case .host(let host, let port):
                _ = try await bootstrap.connect(host: host, port: port).get()
            case .unix(let path):
                _ = try await bootstrap.connect(unixDomainSocketPath: path).get()
            case .inherited:
                throw ChannelError.operationUnsupported
            }
        } catch {
            answer.fail(error)
        }
        return try await answer.futureResult.get()
    }
}

/// Sends one request and gathers what comes until the connection closes.
private final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: EventLoopPromise<String>
    private var text = ""
    private static let longest = 4096

    init(answer: EventLoopPromise<String>) {
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.text += String(buffer: self.unwrapInboundIn(data))
        if self.text.utf8.count > Self.longest { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.answer.succeed(self.text)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.answer.fail(error)
        context.close(promise: nil)
    }
}
