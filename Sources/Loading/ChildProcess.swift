internal import CSpawn
internal import Glibc

/// Runs a program to its end, or to the end of its time.
///
/// The child gets a process group of its own, so that at the end of the time whatever it started
/// ends with it, and no signal mask of ours. Its descriptors are the three standard ones: all others
/// are closed, since NIO makes sockets without close-on-exec, and a child that kept them would hold
/// ports and connections behind a gateway that has gone.
enum ChildProcess {
    /// How a run ended.
    enum Ending: Equatable {
        case exited(Int32)
        /// Ended by a signal, its number.
        case signalled(Int32)
        case outOfTime
        /// Killed, since nobody waits for it any more.
        case abandoned
        /// Could not be started; the reason in words.
        case failed(String)
    }

    /// Runs `program` and waits for it.
    ///
    /// - Parameters:
    ///   - program: the path of an executable file.
    ///   - arguments: what follows the program's name.
    ///   - environment: the child's whole environment.
    ///   - output: the file that its output and errors go to; it is made or emptied.
    ///   - timeLimit: when the child is killed.
    ///   - isAbandoned: whether it is to be killed before; asked a hundred times a second or more.
    /// - Returns: how it ended; nothing of it runs any more.
    static func run(
        _ program: String,
        arguments: [String],
        environment: [String: String],
        output: String,
        timeLimit: Duration,
        isAbandoned: () -> Bool = { false }
    ) -> Ending {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGHUP, SIGINT, SIGPIPE, SIGTERM] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)

        let variables = environment.map { "\($0.key)=\($0.value)" }
        var process = pid_t()
        let failure = Self.withCStrings([program] + arguments) { argv in
            Self.withCStrings(variables) { envp in
                posix_spawn(&process, program, &actions, &attributes, argv, envp)
            }
        }
        guard failure == 0 else {
            return .failed(String(cString: strerror(failure)).lowercased())
        }
        return Self.wait(for: process, timeLimit: timeLimit, isAbandoned)
    }

    private static func wait(
        for process: pid_t,
        timeLimit: Duration,
        _ isAbandoned: () -> Bool
    ) -> Ending {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: timeLimit)
        var pause: useconds_t = 500
        while true {
            var status: Int32 = 0
            let result = waitpid(process, &status, WNOHANG)
            if result == process { return Self.ending(status) }
            if result < 0, errno != EINTR {
                // Someone else has taken the child's end; what it wrote tells how it went.
                return .exited(0)
            }
            let isUnwanted = isAbandoned()
            if isUnwanted || clock.now >= end {
                kill(-process, SIGKILL)
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                return isUnwanted ? .abandoned : .outOfTime
            }
            usleep(pause)
            pause = min(pause * 2, 10_000)
        }
    }

    /// The macros WIFEXITED, WEXITSTATUS and WTERMSIG, which Swift does not see.
    private static func ending(_ status: Int32) -> Ending {
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }

    /// Calls `body` with a list of C strings that ends with a null pointer.
    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        // strdup gives what free below takes back.
        let pointers = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers)
    }
}
