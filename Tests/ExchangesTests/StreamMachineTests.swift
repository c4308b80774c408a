internal import GRPC
internal import Testing

@testable internal import Exchanges

@Suite("a stream's life, as decisions")
struct StreamMachineTests {
    private static let failure = Failure(
        code: .notFound,
        origin: .backend,
        message: "gone",
        cause: "backend"
    )

    /// One event of a story.
    enum Event: Sendable {
        case begun, requestEnded, requestEncoded, failed, gone, timePassed
        case headers, message, ended, endedBadly
    }

    /// A kind of exchange.
    enum Kind: Sendable, CaseIterable {
        case server, client, both, head, socket

        var machine: StreamMachine {
            switch self {
            case .server: make(false, true)
            case .client: make(true, false)
            case .both: make(true, true)
            case .head: make(false, true, isHead: true)
            case .socket: make(true, true, hasBegun: true)
            }
        }

        private func make(
            _ client: Bool,
            _ server: Bool,
            isHead: Bool = false,
            hasBegun: Bool = false
        ) -> StreamMachine {
            StreamMachine(
                clientStreams: client,
                serverStreams: server,
                isHead: isHead,
                hasBegun: hasBegun
            )
        }
    }

    @Test(
        "each story gives its orders",
        arguments: [
            (
                Kind.server,
                [Event.begun, .requestEnded, .requestEncoded, .message, .message, .ended],
                "- encode call begin next end"
            ),
            (.server, [.requestEnded, .requestEncoded, .ended], "encode call begin-end"),
            (.server, [.requestEnded, .requestEncoded, .endedBadly], "encode call refuse404"),
            (
                .server, [.requestEnded, .requestEncoded, .message, .endedBadly],
                "encode call begin fail404"
            ),
            (
                .server, [.requestEnded, .requestEncoded, .message, .failed, .message, .ended],
                "encode call begin fail404+cancel - -"
            ),
            (.server, [.requestEnded, .failed, .requestEncoded], "encode refuse404 -"),
            (
                .server, [.requestEnded, .requestEncoded, .gone, .ended],
                "encode call gone+cancel -"
            ),
            (.server, [.timePassed, .requestEnded], "refuse408 -"),
            (
                .server, [.requestEnded, .requestEncoded, .timePassed],
                "encode call refuse504+cancel"
            ),
            (.client, [.begun, .requestEnded, .message, .ended], "call half keep send"),
            (.client, [.begun, .message, .ended, .requestEnded], "call keep send -"),
            (.client, [.begun, .requestEnded, .ended], "call half refuse502"),
            (.client, [.begun, .message, .message], "call keep refuse502+cancel"),
            (.client, [.begun, .message, .endedBadly], "call keep refuse404"),
            (.client, [.begun, .timePassed], "call refuse408+cancel"),
            (.client, [.begun, .requestEnded, .timePassed], "call half refuse504+cancel"),
            (
                .both, [.begun, .message, .message, .requestEnded, .message, .ended],
                "call begin next half next end"
            ),
            (.both, [.begun, .message, .ended, .requestEnded], "call begin end -"),
            (.both, [.begun, .timePassed], "call refuse504+cancel"),
            (.both, [.begun, .message, .failed], "call begin fail404+cancel"),
            (
                .head, [.requestEnded, .requestEncoded, .headers, .message],
                "encode call head+cancel -"
            ),
            (.head, [.requestEnded, .requestEncoded, .ended], "encode call head"),
            (.head, [.requestEnded, .requestEncoded, .endedBadly], "encode call refuse404"),
            (.server, [.requestEnded, .requestEncoded, .headers], "encode call -"),
            (.socket, [.begun, .failed], "call fail404+cancel"),
            (.socket, [.begun, .requestEnded, .message, .ended], "call half next end"),
            (.socket, [.begun, .ended], "call end"),
        ]
    )
    func stories(kind: Kind, events: [Event], orders: String) {
        var machine = kind.machine
        let given = events.map { Self.word(Self.feed($0, to: &machine)) }
        #expect(given.joined(separator: " ") == orders)
    }

    @Test("whatever happens in whatever order, an exchange ends once", arguments: Kind.allCases)
    func randomStories(kind: Kind) {
        var random = SplitMix(seed: 7)
        let all: [Event] = [
            .begun, .requestEnded, .requestEncoded, .failed, .gone, .timePassed, .headers,
            .message, .ended, .endedBadly,
        ]
        for _ in 0..<2000 {
            var machine = kind.machine
            var ends = 0
            var cancels = 0
            var isCalled = false
            for _ in 0..<12 {
                let event = all[Int(random.next() % UInt64(all.count))]
                let isBackends = [.headers, .message, .ended, .endedBadly].contains(event)
                if isBackends, !isCalled { continue }
                let order = Self.feed(event, to: &machine)
                if event == .ended || event == .endedBadly { isCalled = false }
                let word = Self.word(order)
                if word == "call" { isCalled = true }
                if word.contains("cancel") {
                    #expect(isCalled)
                    isCalled = false
                    cancels += 1
                }
                if ["send", "end", "begin-end"].contains(word) || word.hasPrefix("fail")
                    || word.hasPrefix("refuse") || word.hasPrefix("gone") || word.hasPrefix("head")
                {
                    ends += 1
                }
            }
            #expect(ends <= 1)
            #expect(cancels <= 1)
            #expect(machine.isFinished == (ends == 1))
            #expect(!machine.isFinished || !isCalled)
        }
    }

    @Test("a heartbeat commits a silent answer, once the call runs")
    func heartbeat() {
        var machine = Kind.server.machine
        #expect(machine.heartbeatDue() == (false, false))
        _ = machine.requestEnded()
        _ = machine.requestEncoded()
        #expect(machine.heartbeatDue() == (true, true))
        #expect(machine.heartbeatDue() == (true, false))
        #expect(Self.word(machine.messageReceived()) == "next")
        #expect(Self.word(machine.callEnded(Self.failure)) == "fail404")
        #expect(machine.heartbeatDue() == (false, false))
    }

    private static func feed(
        _ event: Event,
        to machine: inout StreamMachine
    )
        -> StreamMachine.Order
    {
        switch event {
        case .begun: machine.begun()
        case .requestEnded: machine.requestEnded()
        case .requestEncoded: machine.requestEncoded()
        case .failed: machine.failed(Self.failure)
        case .gone: machine.clientGone()
        case .timePassed: machine.timePassed(Failures.callDeadline)
        case .headers: machine.headersReceived()
        case .message: Self.message(to: &machine)
        case .ended: machine.callEnded(nil)
        case .endedBadly: machine.callEnded(Self.failure)
        }
    }

    private static func message(to machine: inout StreamMachine) -> StreamMachine.Order {
        let order = machine.messageReceived()
        if case .beginAnswer = order { machine.answerBegun() }
        return order
    }

    @Test("a first message that cannot be printed is an answer with a status")
    func unprintable() {
        var machine = Kind.server.machine
        _ = machine.requestEnded()
        _ = machine.requestEncoded()
        #expect(Self.word(machine.messageReceived()) == "begin")
        #expect(Self.word(machine.answerUnprintable(Self.failure)) == "refuse404+cancel")
    }

    private static func word(_ order: StreamMachine.Order) -> String {
        func cancel(_ does: Bool) -> String { does ? "+cancel" : "" }
        return switch order {
        case .nothing: "-"
        case .encodeRequest: "encode"
        case .startCall: "call"
        case .endRequest: "half"
        case .keepMessage: "keep"
        case .beginAnswer: "begin"
        case .continueAnswer: "next"
        case .sendAnswer: "send"
        case .endAnswer(let hasBegun): hasBegun ? "end" : "begin-end"
        case .answerHead(let cancels): "head\(cancel(cancels))"
        case .failAnswer(let failure, let cancels): "fail\(failure.httpStatus)\(cancel(cancels))"
        case .refuse(let failure, let cancels): "refuse\(failure.httpStatus)\(cancel(cancels))"
        case .vanish(let cancels): "gone\(cancel(cancels))"
        }
    }
}

/// A small generator with a seed, so that a failing run can be run again.
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
