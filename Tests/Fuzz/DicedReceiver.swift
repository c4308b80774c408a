internal import Bytes
internal import FrontDoor
internal import HTTPMessages

/// Takes the requests of one connection, and lets dice decide what becomes of them.
final class DicedReceiver: RequestReceiver {
    fileprivate let dice: Dice
    private(set) var exchanges: [DicedExchange] = []
    /// Whether the connection was told, or has said, that there is no further request.
    fileprivate(set) var isOver = false
    /// Whether an answer was left off in its midst.
    fileprivate(set) var wasCut = false
    /// How many answers were given to their end.
    fileprivate(set) var answered = 0
    /// The requests and refusals so far; each has its number in its answer.
    private var count = 0

    init(_ dice: Dice) {
        self.dice = dice
    }

    /// The exchange under way.
    var current: DicedExchange? {
        guard let last = self.exchanges.last, !last.isOver else { return nil }
        return last
    }

    func requestReceived(
        _ head: RequestHead,
        on connection: ClientConnection
    ) -> (any ExchangeEvents)? {
        claim(!self.isOver, "a request behind the end of the connection")
        claim(self.current == nil, "two requests at a time")
        connection.bodyLimit = [.max, .max, 8, 0][self.dice.roll(4)]
        connection.bodyIsStream = self.dice.roll(4) == 1
        self.count += 1
        let exchange = DicedExchange(self, connection, head, number: self.count)
        self.exchanges.append(exchange)
        exchange.act()
        return exchange.isOver ? nil : exchange
    }

    func requestRefused(_ refusal: Refusal, on connection: ClientConnection) {
        claim(self.current == nil, "a refusal in the midst of a request")
        claim(!self.isOver, "a refusal behind the end")
        claim(400...599 ~= refusal.status, "a refusal with a success")
        self.isOver = true
        self.count += 1
        self.answered += 1
        connection.write(Self.answer(refusal.status, number: self.count, closes: true))
        connection.finish()
    }

    func connectionsChanged(to count: Int) {
        claim(0...1 ~= count, "\(count) connections of one")
    }

    /// A whole answer, whose body tells its number.
    fileprivate static func answer(_ status: UInt16, number: Int, closes: Bool) -> OutputBuffer {
        let body = DicedExchange.text(of: number).prefix(number % 7)
        var output = OutputBuffer(capacity: 256)
        ResponseWriter.statusLine(status, into: &output)
        ResponseWriter.field("x-number", decimal: number, into: &output)
        ResponseWriter.field("content-length", decimal: body.count, into: &output)
        if closes { ResponseWriter.field("connection", "close", into: &output) }
        ResponseWriter.end(into: &output)
        output.append(Array(body))
        return output
    }
}

/// One request; claims that its events come as `ExchangeEvents` says.
final class DicedExchange: ExchangeEvents {
    let target: [UInt8]
    private(set) var body: [UInt8] = []
    private(set) var tunnelled: [UInt8] = []
    /// Whether the body is complete.
    private(set) var hasEnded = false
    private(set) var isPaused = false
    /// Whether nothing may come any more.
    private(set) var isOver = false

    private unowned let receiver: DicedReceiver
    private unowned let connection: ClientConnection
    private let number: Int
    private let hasBody: Bool
    private let isOld: Bool
    private var isRefused = false
    private var isStream = false
    private var isTunnel = false
    private var isFull = false
    private var isDraining = false
    /// Whether a call is under way from within which no event may come.
    private var isCalling = false
    private var said = 0

    /// More than the channel is given at a time.
    private static let longest = 70_000
    private static let most = 300_000
    private static let texts: [[UInt8]] = (0..<26).map { letter in
        [UInt8](repeating: UInt8(ascii: "a") + UInt8(letter), count: DicedExchange.longest)
    }

    /// The letter of an answer's number, many times.
    static func text(of number: Int) -> [UInt8] { self.texts[number % 26] }

    init(
        _ receiver: DicedReceiver,
        _ connection: ClientConnection,
        _ head: RequestHead,
        number: Int
    ) {
        self.receiver = receiver
        self.connection = connection
        self.number = number
        self.target = Array(head.target)
        self.hasBody = head.framing.hasBody
        self.isOld = head.minorVersion == 0
    }

    // MARK: - Events

    func bodyReceived(_ bytes: UnsafeRawBufferPointer) {
        self.note()
        claim(!self.isPaused, "a body that was paused")
        claim(1...65536 ~= bytes.count, "a piece of \(bytes.count) bytes")
        claim(!self.isRefused, "a body behind its refusal")
        claim(self.isTunnel || !self.hasEnded, "a body behind its end")
        if self.isTunnel { self.tunnelled += bytes } else { self.body += bytes }
        self.act()
    }

    func bodyEnded() {
        self.note()
        claim(!self.hasEnded && !self.isRefused, "a second end of a body")
        claim(!self.isPaused || !self.hasBody, "an end of a body that was paused")
        self.hasEnded = true
        self.act()
        if self.receiver.dice.roll(4) == 0, !self.isOver, !self.isTunnel { self.conclude() }
    }

    func bodyRefused(_ refusal: Refusal) {
        self.note()
        claim(!self.isRefused, "a second refusal")
        claim(400...599 ~= refusal.status, "a refusal with a success")
        self.isRefused = true
        self.receiver.isOver = true
        self.act()
        if self.receiver.dice.roll(2) == 0, !self.isOver { self.conclude() }
    }

    func clientGone() {
        self.note()
        self.isOver = true
        self.receiver.isOver = true
        self.receiver.wasCut = true
    }

    func answerDrained() {
        self.note()
        claim(self.isFull && self.connection.canTakeMore, "drained without having been full")
        self.isFull = false
        self.act()
    }

    func drainBegan() {
        self.note()
        claim(!self.isDraining, "told of the drain twice")
        self.isDraining = true
        self.act()
    }

    private func note() {
        claim(!self.isOver, "an event behind the end of the exchange")
        claim(!self.isCalling, "an event from within a call of the exchange's")
    }

    // MARK: - Actions

    /// Does what the dice say.
    func act() {
        for _ in 0..<self.receiver.dice.roll(4) where !self.isOver {
            switch self.receiver.dice.roll(12) {
            case 0: self.conclude()
            case 1, 2: self.begin()
            case 3, 4: self.say()
            case 5: self.pause()
            case 6: self.resume()
            case 7: self.upgrade()
            case 8: self.abort()
            default: break
            }
        }
    }

    private func pause() {
        self.isPaused = true
        self.call { self.connection.pauseBody() }
    }

    func resume() {
        self.isPaused = false
        self.call { self.connection.resumeBody() }
    }

    /// Ends the answer, which is a whole one if none has begun.
    func conclude() {
        self.receiver.answered += 1
        guard self.isStream else {
            let closes = !self.connection.persistsAfterAnswer
            if closes { self.receiver.isOver = true }
            let status: UInt16 = self.isRefused ? 400 : 200
            self.connection.write(
                DicedReceiver.answer(status, number: self.number, closes: closes)
            )
            self.isOver = true
            self.connection.finish()
            return
        }
        self.isOver = true
        guard self.receiver.dice.roll(2) == 1 else { return self.connection.endAnswer() }
        var trailers = OutputBuffer(capacity: 64)
        trailers.append("x-trailer: 1\r\n")
        self.connection.endAnswer(trailers: trailers)
    }

    private func begin() {
        guard !self.isStream else { return self.say() }
        self.isStream = true
        let isChunked = !self.isOld && self.receiver.dice.roll(4) != 3
        let closes = !isChunked || !self.connection.persistsAfterAnswer
        if closes { self.receiver.isOver = true }
        var head = OutputBuffer(capacity: 256)
        ResponseWriter.statusLine(200, into: &head)
        ResponseWriter.field("x-number", decimal: self.number, into: &head)
        if isChunked { ResponseWriter.field("transfer-encoding", "chunked", into: &head) }
        if closes { ResponseWriter.field("connection", "close", into: &head) }
        ResponseWriter.end(into: &head)
        self.call {
            self.connection.beginAnswer(head, framing: isChunked ? .chunked : .untilClose)
        }
    }

    private func say() {
        let count = [1, 10, 1000, Self.longest][self.receiver.dice.roll(4)]
        guard self.isStream, self.connection.canTakeMore, self.said < Self.most else { return }
        self.said += count
        let text = Self.text(of: self.number)
        self.call { self.connection.append { $0.append(Array(text.prefix(count))) } }
        if !self.connection.canTakeMore { self.isFull = true }
        claim(self.connection.unsentBytes <= 3 * Self.longest, "more output is held than said")
    }

    private func upgrade() {
        guard !self.isStream, !self.isRefused, self.hasEnded || !self.hasBody else { return }
        self.isStream = true
        self.isTunnel = true
        self.receiver.isOver = true
        var head = OutputBuffer(capacity: 64)
        head.append("HTTP/1.1 101 Switching Protocols\r\nx-number: ")
        head.append(decimal: self.number)
        head.append("\r\n\r\n")
        self.call { self.connection.upgrade(head) }
    }

    private func abort() {
        self.isOver = true
        self.receiver.isOver = true
        self.receiver.wasCut = true
        self.connection.abort()
    }

    /// A call to answer in pieces, or to pause or resume: no event comes from within it.
    private func call(_ action: () -> Void) {
        self.isCalling = true
        action()
        self.isCalling = false
    }
}
