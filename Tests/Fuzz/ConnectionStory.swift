internal import FrontDoor
internal import HTTPMessages
internal import NIOCore
internal import NIOEmbedded

/// One connection from its beginning to its end.
final class ConnectionStory {
    private let dice: Dice
    private let bytes: [UInt8]
    private let limits: ConnectionLimits
    private let receiver: DicedReceiver
    private let table: ConnectionTable
    private let connection: ClientConnection
    private let channel = EmbeddedChannel()
    private let end = SocketEnd()
    private var sent = 0

    init(_ dice: Dice, _ bytes: [UInt8], limits: ConnectionLimits) {
        self.dice = dice
        self.bytes = bytes
        self.limits = limits
        self.receiver = DicedReceiver(dice)
        self.table = ConnectionTable(receiver: self.receiver, limits: limits)
        self.connection = self.table.makeConnection()
    }

    func play() {
        try? self.channel.pipeline.syncOperations.addHandlers(self.end, self.connection)
        _ = try? self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        self.table.start(on: self.channel.embeddedEventLoop)
        self.channel.read()
        while !self.dice.isSpent, self.channel.isActive { self.step() }
        self.settle()
        self.table.close()
        self.channel.embeddedEventLoop.run()
        _ = try? self.channel.finish(acceptAlreadyClosed: true)
        self.verify()
    }

    /// Something happens to the connection.
    private func step() {
        switch self.dice.roll(16) {
        case 0...6: self.deliver(1 + self.dice.roll(64), endsTurn: true)
        case 7: self.deliver(1 + self.dice.roll(8), endsTurn: false)
        case 8: self.channel.embeddedEventLoop.run()
        case 9, 10: self.receiver.current?.act()
        case 11: self.end.isStuck.toggle()
        case 12: self.pass(seconds: 1 + self.dice.roll(5))
        case 13: self.end.release(self.channel)
        case 14: self.trouble()
        default: self.receiver.current?.conclude()
        }
    }

    /// What does not happen to every connection.
    private func trouble() {
        switch self.dice.roll(4) {
        case 0: self.table.drain()
        case 1:
            // The next write finds the client gone.
            self.end.isBroken = true
        case 2:
            self.end.isCut = true
            self.channel.close(promise: nil)
        default:
            self.end.isCut = true
            self.table.close()
        }
    }

    private func pass(seconds: Int) {
        self.channel.embeddedEventLoop.advanceTime(by: .seconds(Int64(seconds)))
    }

    /// Brings some bytes, if the connection has asked for any.
    private func deliver(_ count: Int, endsTurn: Bool) {
        let piece = self.bytes[self.sent...].prefix(count)
        guard self.channel.isActive, self.end.isReading, !piece.isEmpty else {
            self.channel.embeddedEventLoop.run()
            return
        }
        self.sent += piece.count
        self.end.isReading = false
        self.channel.pipeline.fireChannelRead(ByteBuffer(bytes: piece))
        self.channel.pipeline.fireChannelReadComplete()
        if self.channel.isActive { self.channel.read() }
        let most = self.limits.readAheadBytes + self.limits.head.head + piece.count
        claim(self.connection.unreadBytes <= most, "more is held than was to be read ahead")
        if endsTurn { self.channel.embeddedEventLoop.run() }
    }

    // MARK: - The end

    /// Lets everything come to its end: what is left is sent and answered, then time passes.
    private func settle() {
        self.end.isStuck = false
        self.end.release(self.channel)
        while self.channel.isActive {
            self.channel.embeddedEventLoop.run()
            if let current = self.receiver.current, current.isPaused {
                current.resume()
            } else if self.sent < self.bytes.count, self.end.isReading, self.channel.isActive {
                self.deliver(.max, endsTurn: true)
            } else if let current = self.receiver.current {
                current.conclude()
            } else {
                break
            }
        }
        if self.channel.isActive, !self.end.isOutputClosed { self.verifyNothingIsLost() }
        self.pass(seconds: 12)
        claim(!self.channel.isActive, "a connection that never ends")
    }

    /// A connection that stays open has read all and answered all.
    private func verifyNothingIsLost() {
        claim(self.sent == self.bytes.count, "reading has stopped for ever")
        let expected = ExpectedRequest.all(in: self.bytes, limits: self.limits.head)
        claim(
            expected.count == self.receiver.exchanges.count,
            "\(expected.count) requests expected, \(self.receiver.exchanges.count) seen"
        )
    }

    private func verify() {
        claim(self.table.count == 0, "the table keeps a connection that is closed")
        claim(self.connection.unreadBytes == 0, "a closed connection holds input")
        claim(self.connection.unsentBytes == 0, "a closed connection holds output")
        claim(self.receiver.current == nil, "an exchange that has not been told of the end")
        let expected = ExpectedRequest.all(in: self.bytes, limits: self.limits.head)
        claim(self.receiver.exchanges.count <= expected.count, "more requests than were sent")
        for (exchange, request) in zip(self.receiver.exchanges, expected) {
            claim(exchange.target == request.target, "another request than was sent")
            claim(request.body.starts(with: exchange.body), "another body than was sent")
            claim(!exchange.hasEnded || exchange.body == request.body, "a body that is cut")
            let behind = self.bytes[request.end...]
            claim(behind.starts(with: exchange.tunnelled), "other bytes in the tunnel")
        }
        var output: [UInt8] = []
        while let buffer = try? self.channel.readOutbound(as: ByteBuffer.self) {
            output += buffer.readableBytesView
        }
        let isCut = self.end.isCut || self.receiver.wasCut
        var answers = AnswerReader(output, isCut: isCut)
        let whole = answers.read()
        claim(isCut || whole == self.receiver.answered, "\(whole) of \(self.receiver.answered)")
    }
}
