internal import Glibc

/// The sockets that the process was started with, as systemd passes them (sd_listen_fds(3)).
///
///     LISTEN_PID      the process they are for
///     LISTEN_FDS      how many there are: descriptors 3, 4, ...
///     LISTEN_FDNAMES  their names, with colons between; all are `unknown` without it
///
/// They belong to whoever passed them, who may pass them to another process at the same time or
/// afterwards: they are never shut down, and no socket file of theirs is removed.
package struct InheritedSockets: Sendable, Equatable {
    package struct Socket: Sendable, Equatable, CustomStringConvertible {
        package let descriptor: CInt
        package let name: String

        package var description: String { "'\(self.name)' (descriptor \(self.descriptor))" }
    }

    package let sockets: [Socket]
    /// What is wrong with the variables, or that there are none.
    private let problem: String

    /// More than anybody passes; a wrong number must not keep the start busy.
    private static let most = 4096
    private static let first = 3
    private static let nobody = "no sockets were passed to this process (LISTEN_FDS is not set)"

    /// No sockets.
    package static let none = InheritedSockets(sockets: [], problem: Self.nobody)

    init(sockets: [Socket], problem: String) {
        self.sockets = sockets
        self.problem = problem
    }

    /// Reads the variables; no descriptor is looked at.
    ///
    /// - Parameters:
    ///   - environment: of the process.
    ///   - processID: of the process; sockets for another one are none.
    package init(environment: [String: String], processID: Int32) {
        guard let count = environment["LISTEN_FDS"], !count.isEmpty else {
            self = .none
            return
        }
        let process = environment["LISTEN_PID"] ?? ""
        guard process == "\(processID)" else {
            let problem =
                "the sockets were passed to process '\(process)' (LISTEN_PID), not to this one"
            self.init(sockets: [], problem: "\(problem), which is \(processID)")
            return
        }
        guard let number = Int(count), 0...Self.most ~= number else {
            let problem = "expected a number from 0 to \(Self.most) in LISTEN_FDS, found '\(count)'"
            self.init(sockets: [], problem: problem)
            return
        }
        var names = Array(repeating: "unknown", count: number)
        if let list = environment["LISTEN_FDNAMES"], number > 0 {
            names = list.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        }
        guard names.count == number else {
            let problem = "expected \(number) names in LISTEN_FDNAMES, found \(names.count)"
            self.init(sockets: [], problem: problem)
            return
        }
        let sockets = names.enumerated().map { index, name in
            Socket(descriptor: CInt(truncatingIfNeeded: Self.first + index), name: name)
        }
        self.init(sockets: sockets, problem: number == 0 ? "LISTEN_FDS is 0" : "")
    }

    /// The sockets of a name, or the one with a number.
    ///
    /// - Throws: what there is instead.
    func named(_ name: String) throws(InheritedSocketError) -> [Socket] {
        let found =
            if let number = CInt(name) {
                self.sockets.filter { $0.descriptor == number }
            } else {
                self.sockets.filter { $0.name == name }
            }
        guard found.isEmpty else { return found }
        guard self.problem.isEmpty else { throw InheritedSocketError(self.problem) }
        let others = self.sockets.map(\.description).joined(separator: ", ")
        throw InheritedSocketError("no such socket was passed to this process, only \(others)")
    }

    /// The sockets that none of the addresses names.
    package func unused(by addresses: [ListenAddress]) -> [Socket] {
        var used: Set<CInt> = []
        for case .inherited(let name) in addresses {
            for socket in (try? self.named(name)) ?? [] { used.insert(socket.descriptor) }
        }
        return self.sockets.filter { !used.contains($0.descriptor) }
    }

    /// Checks that no socket is named by two of the addresses, or twice: each is closed by the one
    /// listener that has it.
    ///
    /// What names no socket at all is passed over.
    ///
    /// - Throws: the second of two addresses.
    package func checkShares(of addresses: [ListenAddress]) throws(InheritedSocketConflict) {
        var owners: [CInt: ListenAddress] = [:]
        for case .inherited(let name) in addresses {
            for socket in (try? self.named(name)) ?? [] {
                let address = ListenAddress.inherited(name: name)
                guard let owner = owners.updateValue(address, forKey: socket.descriptor) else {
                    continue
                }
                let problem = "the socket \(socket) is taken by \(owner)"
                throw InheritedSocketConflict(address: address, cause: .init(problem))
            }
        }
    }

    /// Keeps the sockets from programs that this process starts.
    package func keepFromChildren() {
        for socket in self.sockets { _ = fcntl(socket.descriptor, F_SETFD, FD_CLOEXEC) }
    }
}

/// Why an inherited socket cannot be used.
package struct InheritedSocketError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Two addresses for one inherited socket.
package struct InheritedSocketConflict: Error {
    /// The second one.
    package let address: ListenAddress
    package let cause: InheritedSocketError
}
