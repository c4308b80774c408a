internal import Glibc
internal import Testing

@testable internal import FrontDoor

@Suite("Sockets that the process was started with")
struct InheritedSocketsTests {
    private func sockets(_ changes: [String: String]) -> InheritedSockets {
        var environment = ["LISTEN_PID": "7", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "web:admin:web"]
        environment.merge(changes) { $1 }
        return InheritedSockets(environment: environment, processID: 7)
    }

    private func numbers(_ sockets: InheritedSockets, _ name: String) throws -> [CInt] {
        try sockets.named(name).map(\.descriptor)
    }

    private func problem(_ sockets: InheritedSockets, _ name: String = "web") -> String {
        do {
            return "found \(try sockets.named(name))"
        } catch {
            return error.description
        }
    }

    @Test("a name is one or several sockets, and a number is one")
    func named() throws {
        let sockets = self.sockets([:])
        #expect(try self.numbers(sockets, "web") == [3, 5])
        #expect(try self.numbers(sockets, "admin") == [4])
        #expect(try self.numbers(sockets, "5") == [5])
        #expect(
            self.problem(sockets, "other")
                == "no such socket was passed to this process, only 'web' (descriptor 3), "
                + "'admin' (descriptor 4), 'web' (descriptor 5)"
        )
        #expect(self.problem(sockets, "6").hasPrefix("no such socket"))
        #expect(self.problem(sockets, "2").hasPrefix("no such socket"))
    }

    @Test("without names all are unknown")
    func unknown() throws {
        let sockets = InheritedSockets(
            environment: ["LISTEN_PID": "7", "LISTEN_FDS": "2"],
            processID: 7
        )
        #expect(try self.numbers(sockets, "unknown") == [3, 4])
        #expect(try self.numbers(sockets, "4") == [4])
    }

    @Test(
        "variables that are wrong, or for another process, are no sockets, and the error says why",
        arguments: [
            (
                ["LISTEN_PID": "8"],
                "the sockets were passed to process '8' (LISTEN_PID), not to this one, which is 7"
            ),
            (["LISTEN_FDS": "x"], "expected a number from 0 to 4096 in LISTEN_FDS, found 'x'"),
            (["LISTEN_FDS": "-1"], "expected a number from 0 to 4096 in LISTEN_FDS, found '-1'"),
            (
                ["LISTEN_FDS": "4097"],
                "expected a number from 0 to 4096 in LISTEN_FDS, found '4097'"
            ),
            (["LISTEN_FDS": "2"], "expected 2 names in LISTEN_FDNAMES, found 3"),
            (["LISTEN_FDS": "0"], "LISTEN_FDS is 0"),
            (["LISTEN_FDS": ""], "no sockets were passed to this process (LISTEN_FDS is not set)"),
        ]
    )
    func wrong(changes: [String: String], problem: String) {
        let sockets = self.sockets(changes)
        #expect(sockets.sockets.isEmpty)
        #expect(self.problem(sockets) == problem)
    }

    @Test("the most sockets are taken")
    func most() throws {
        let sockets = InheritedSockets(
            environment: ["LISTEN_PID": "7", "LISTEN_FDS": "4096"],
            processID: 7
        )
        #expect(try self.numbers(sockets, "4098") == [4098])
    }

    @Test("those that no address names are known")
    func unused() {
        let sockets = self.sockets([:])
        let addresses: [ListenAddress] = [.inherited(name: "web"), .unix(path: "/admin")]
        #expect(sockets.unused(by: addresses).map(\.descriptor) == [4])
        #expect(sockets.unused(by: []).count == 3)
        #expect(sockets.unused(by: [.inherited(name: "3")]).map(\.descriptor) == [4, 5])
    }

    @Test(
        "a socket that two addresses name is an error at the second",
        arguments: [
            (["web", "admin"], ""), (["3", "4", "5"], ""), (["web", "other", "other", "9"], ""),
            (["web", "3"], "fd:3: the socket 'web' (descriptor 3) is taken by fd:web"),
            (["5", "admin", "web"], "fd:web: the socket 'web' (descriptor 5) is taken by fd:5"),
            (["4", "4"], "fd:4: the socket 'admin' (descriptor 4) is taken by fd:4"),
        ]
    )
    func shares(names: [String], problem: String) {
        var found = ""
        do throws(InheritedSocketConflict) {
            let addresses = names.map { ListenAddress.inherited(name: $0) }
            try self.sockets([:]).checkShares(of: [.unix(path: "/a")] + addresses)
        } catch {
            found = "\(error.address): \(error.cause)"
        }
        #expect(found == problem)
    }

    @Test("only a listening stream socket is taken")
    func check() throws {
        func problem(_ descriptor: CInt) -> String {
            do {
                let socket = InheritedSockets.Socket(descriptor: descriptor, name: "x")
                return "\(try socket.boundAddress())"
            } catch {
                return error.description
            }
        }
        #expect(problem(99_999) == "descriptor 99999 is not open")
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        #expect(problem(file) == "descriptor \(file) is no socket")
        let datagram = socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
        defer { close(datagram) }
        #expect(problem(datagram) == "descriptor \(datagram) is no stream socket")
        let stream = socket(AF_INET6, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(stream) }
        #expect(problem(stream) == "the socket at descriptor \(stream) does not listen")
        #expect(listen(stream, 1) == 0)
        #expect(problem(stream).hasPrefix("[::]:"))
        let unix = ListeningSocket(path: "/tmp/transom-check-\(getpid()).sock")
        #expect(problem(unix.descriptor) == "unix:///tmp/transom-check-\(getpid()).sock")
    }
}
