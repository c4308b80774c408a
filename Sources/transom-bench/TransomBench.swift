internal import Foundation
internal import Glibc
internal import NIOPosix
internal import OpenSSL

/// The bench of the gateway: a cheap backend, micro-benchmarks, and the messages of both.
@main
enum TransomBench {
    private static let usage = """
        usage: transom-bench backend [--address HOST:PORT [--tls-address HOST:PORT --certificate FILE --key FILE]]
                                               a gRPC server with canned answers, also over TLS
               transom-bench micro             micro-benchmarks of the Core
               transom-bench messages FOLDER   write the messages the bench sends
        """

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch (arguments.first, arguments.count) {
            case ("backend", 1): try Self.serve("127.0.0.1:50051")
            case ("backend", 3) where arguments[1] == "--address": try Self.serve(arguments[2])
            case ("backend", 9) where Self.options(arguments) == Self.secureOptions:
                let identity = TLSIdentity(
                    chain: Array(try Data(contentsOf: URL(fileURLWithPath: arguments[6]))),
                    key: Array(try Data(contentsOf: URL(fileURLWithPath: arguments[8])))
                )
                try Self.serve(arguments[2], secured: (arguments[4], identity))
            case ("micro", 1): try Self.micro()
            case ("micro", 2) where arguments[1] == AllocationTrace.option: try Self.trace()
            case ("messages", 2): try Self.write(to: arguments[1])
            default:
                Self.complain(Self.usage)
                exit(64)
            }
        } catch {
            Self.complain("transom-bench: \(error)")
            exit(1)
        }
    }

    private static let secureOptions = ["--address", "--tls-address", "--certificate", "--key"]

    /// The names among options that each have a value.
    private static func options(_ arguments: [String]) -> [String] {
        stride(from: 1, to: arguments.count, by: 2).map { arguments[$0] }
    }

    private static func serve(
        _ address: String,
        secured: (address: String, identity: TLSIdentity)? = nil
    ) throws {
        let answers = CannedAnswers(try BenchMessages())
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try BackendServer.start(at: address, answers: answers, on: group)
        if let secured {
            let second = try BackendServer.start(
                at: secured.address,
                answers: answers,
                on: group,
                tls: secured.identity
            )
            print("transom-bench: backend over TLS on \(second.address)")
        }
        print("transom-bench: backend on \(server.address)")
        fflush(nil)
        try server.wait()
    }

    private static func micro() throws {
        let messages = try BenchMessages()
        var bench = MicroBench(mode: .time)
        MicroCases.run(&bench, messages)
        let allocations = AllocationTrace.run(operations: MicroBench.tracedOperations)
        MicroReport.print(bench.rows, allocations: allocations, messages)
    }

    private static func trace() throws {
        var bench = MicroBench(mode: .trace)
        MicroCases.run(&bench, try BenchMessages())
    }

    /// Writes what the load run posts and expects: a `.json` and a `.pb` of each message.
    private static func write(to folder: String) throws {
        let messages = try BenchMessages()
        let files = [
            ("request", messages.request), ("small", messages.small), ("orders", messages.orders),
        ]
        for (name, message) in files {
            for (suffix, bytes) in [("json", message.json), ("pb", message.protobuf)] {
                try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name).\(suffix)"))
            }
        }
    }

    private static func complain(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
