internal import ArgumentParser
internal import Dispatch
internal import Foundation
internal import FrontDoor
internal import Gateway
internal import Glibc

/// `transom serve`.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway.",
        discussion: """
            Everything is read and every error reported before a port is bound (exit 78). SIGTERM \
            and SIGINT let running requests end, then exit 0; a second one ends at once. SIGHUP, \
            or a change of the files, has everything read again; an error changes nothing.

            EXAMPLE:
              transom serve --config transom.yaml
            """
    )

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        // A client or a log reader that goes away is an error of a write, not the end of us.
        signal(SIGPIPE, SIG_IGN)
        let signals = StopSignals()
        let inherited = InheritedSockets(
            environment: ProcessInfo.processInfo.environment,
            processID: getpid()
        )
        // Before anything is started, such as protoc.
        inherited.keepFromChildren()
        let triggers = ReloadTriggers()
        let reflector = Reflector(tell: StandardError.print, changed: triggers.order)
        let reading = await LoadedGateway.read(self.options.config, reflector)
        guard let loaded = reading.gateway else {
            reading.reportErrors()
            throw ExitCode.configuration
        }
        loaded.reportWarnings()
        var settings = loaded.settings
        settings.inherited = inherited
        let gateway: Gateway
        do {
            gateway = try await Gateway.start(
                settings,
                plans: loaded.plansForLoops(),
                reflection: { reflector.reflecting },
                tell: StandardError.print
            )
        } catch {
            StandardError.print("transom: \(error)")
            throw ExitCode.configuration
        }
        await reflector.accept()
        await reflector.watch()
        Self.announce(gateway, settings)
        var reloading = Reloading(
            self.options.config,
            files: reading.files,
            gateway: gateway,
            reflector: reflector,
            triggers: triggers
        )
        let reloads = Task { await reloading.run() }
        await signals.wait()
        reloads.cancel()
        StandardError.print("transom: stopping")
        await reflector.close()
        await gateway.stop()
        // No protoc outlives the gateway.
        await reloads.value
    }

    private static func announce(_ gateway: Gateway, _ settings: GatewaySettings) {
        for place in gateway.places { StandardError.print("transom: listening on \(place)") }
        for place in gateway.adminPlaces { StandardError.print("transom: admin on \(place)") }
        let addresses = settings.listen.map(\.address) + [settings.admin?.address].compactMap { $0 }
        for socket in settings.inherited.unused(by: addresses) {
            StandardError.print("transom: warning: nobody listens on the socket \(socket)")
        }
    }
}
