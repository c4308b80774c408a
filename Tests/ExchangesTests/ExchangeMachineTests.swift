internal import GRPC
internal import Testing

@testable internal import Exchanges

@Suite("The exchange machine")
struct ExchangeMachineTests {
    /// An order without its payload, to compare.
    private func name(_ order: ExchangeMachine.Order) -> String {
        switch order {
        case .nothing: "nothing"
        case .encodeRequest: "encode"
        case .startCall: "start"
        case .keepMessage: "keep"
        case .sendAnswer: "answer"
        case .refuse(let failure, let cancels):
            "refuse \(failure.httpStatus)\(cancels ? " cancel" : "")"
        case .vanish(let cancels): "vanish\(cancels ? " cancel" : "")"
        }
    }

    private enum Event: Sendable {
        case head
        case badBody
        case body
        case encoded
        case message
        case ok
        case failed
        case late
        case gone
    }

    private func run(_ events: [Event]) -> [String] {
        var machine = ExchangeMachine()
        var orders: [String] = []
        for event in events {
            let order: ExchangeMachine.Order
            switch event {
            case .head:
                machine.headAccepted()
                continue
            case .badBody: order = machine.requestRefused(Failures.unexpectedBody)
            case .body: order = machine.bodyEnded()
            case .encoded: order = machine.requestEncoded()
            case .message: order = machine.messageReceived()
            case .ok: order = machine.callEnded(nil)
            case .failed:
                order = machine.callEnded(
                    Failure(code: .notFound, origin: .backend, message: "no", cause: "backend")
                )
            case .late: order = machine.deadlinePassed()
            case .gone: order = machine.clientGone()
            }
            orders.append(self.name(order))
        }
        return orders
    }

    @Test("a good call is answered with its message")
    func good() {
        #expect(
            self.run([.head, .body, .encoded, .message, .ok])
                == ["encode", "start", "keep", "answer"]
        )
    }

    @Test("a failed call is refused with the backend's status")
    func failed() {
        #expect(self.run([.head, .body, .encoded, .failed]) == ["encode", "start", "refuse 404"])
    }

    @Test("a failure after a message counts")
    func failedLate() {
        #expect(
            self.run([.head, .body, .encoded, .message, .failed])
                == ["encode", "start", "keep", "refuse 404"]
        )
    }

    @Test("OK without a message is a broken backend")
    func noMessage() {
        #expect(self.run([.head, .body, .encoded, .ok]) == ["encode", "start", "refuse 502"])
    }

    @Test("a second message is a broken backend, and the call is cancelled")
    func twoMessages() {
        #expect(
            self.run([.head, .body, .encoded, .message, .message, .ok])
                == ["encode", "start", "keep", "refuse 502 cancel", "nothing"]
        )
    }

    @Test("a deadline during the body is a 408, during the call a 504 that cancels it")
    func deadlines() {
        #expect(self.run([.head, .late, .body]) == ["refuse 408", "nothing"])
        #expect(
            self.run([.head, .body, .encoded, .late, .message, .failed])
                == ["encode", "start", "refuse 504 cancel", "nothing", "nothing"]
        )
    }

    @Test("a client that leaves cancels the call, and nothing is answered")
    func gone() {
        #expect(self.run([.head, .gone, .late]) == ["vanish", "nothing"])
        #expect(
            self.run([.head, .body, .encoded, .gone, .ok])
                == ["encode", "start", "vanish cancel", "nothing"]
        )
    }

    @Test("a bad body ends the exchange before a call")
    func badBody() {
        #expect(self.run([.head, .badBody, .body, .gone]) == ["refuse 400", "nothing", "nothing"])
        #expect(
            self.run([.head, .body, .badBody, .encoded]) == ["encode", "refuse 400", "nothing"]
        )
    }

    @Test("whatever comes after, an exchange is answered once")
    func once() {
        // Every order of the peers' events after the call has begun.
        let events: [Event] = [.message, .ok, .failed, .late, .gone]
        var count = 0
        for first in events {
            for second in events {
                for third in events {
                    let orders = self.run([.head, .body, .encoded, first, second, third])
                    let ends = orders.filter {
                        $0.hasPrefix("answer") || $0.hasPrefix("refuse") || $0.hasPrefix("vanish")
                    }
                    #expect(ends.count <= 1)
                    count += 1
                }
            }
        }
        #expect(count == 125)
    }
}
