internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The sample gRPC server: `user.v1.UserService` and `pages.v1.Pages` on plaintext HTTP/2, with
/// server reflection.
///
/// It is what the first command of the README runs behind the gateway. Its messages are read and
/// written by swift-protobuf's generated code, which makes it a check on the gateway's own.
@main
enum DemoBackend {
    static func main() {
        let address: ServerAddress
        do throws(UsageError) {
            address = try ServerAddress(arguments: Array(CommandLine.arguments.dropFirst()))
        } catch {
            Self.complain("\(error.text)\n\(ServerAddress.usage)")
            exit(64)
        }
        // Blocked before any thread begins, so that all inherit it and the wait below gets them.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        do {
            let server = try Server.start(at: address)
            print("demo-backend listening on \(server.address)")
            fflush(nil)
            var signal: Int32 = 0
            sigwait(&signals, &signal)
            try server.stop()
        } catch {
            Self.complain("\(address.host):\(address.port): \(error)")
            exit(1)
        }
    }

    private static func complain(_ text: String) {
        let line = Array("demo-backend: \(text)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
