internal import ArgumentParser
internal import Dispatch
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
        let triggers = ReloadTriggers()
        let reflector = Reflector(tell: StandardError.print, changed: triggers.order)
        let reading = await LoadedGateway.read(self.options.config, reflector)
        guard let loaded = reading.gateway else {
            reading.reportErrors()
            throw ExitCode.configuration
        }
        loaded.reportWarnings()
        let gateway: Gateway
        do {
            gateway = try await Gateway.start(
                loaded.settings,
                plans: loaded.plansForLoops(),
                tell: StandardError.print
            )
        } catch {
            StandardError.print("transom: \(error)")
            throw ExitCode.configuration
        }
        await reflector.accept()
        await reflector.watch()
        for place in gateway.places { StandardError.print("transom: listening on \(place)") }
        if let admin = gateway.adminAddress {
            StandardError.print("transom: admin on http://\(admin)")
        }
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
    }
}
