internal import ArgumentParser
internal import Configuration
internal import Exchanges
internal import Foundation
internal import Gateway
internal import Loading
internal import Planning
internal import Schema

/// A configuration that can be served, read for a command.
struct LoadedGateway: Sendable {
    /// The plans of one loop.
    let plans: PlanSet
    let warnings: [ConfigError]
    let settings: GatewaySettings
    private let loaded: LoadedConfiguration

    /// Reads everything for a command that serves nothing; prints every error and ends the command
    /// when there is one.
    ///
    /// - Throws: `ExitCode` 78.
    static func load(_ file: String) async throws -> LoadedGateway {
        let reflector = Reflector(tell: StandardError.print)
        let reading = await Self.read(file, reflector)
        await reflector.close()
        guard let gateway = reading.gateway else {
            reading.reportErrors()
            throw ExitCode.configuration
        }
        return gateway
    }

    /// Reads everything: the files, then what backends reflect.
    ///
    /// When its task is cancelled, it does not wait for protoc, and there is no gateway.
    static func read(_ file: String, _ reflector: Reflector) async -> GatewayReading {
        let loader = await BlockingWork.runUntilCancelled { isCancelled in
            Loader(configFile: file, isAbandoned: isCancelled)
        }
        guard !Task.isCancelled else { return GatewayReading(files: []) }
        let report = await reflector.report(on: loader.reflection)
        return await BlockingWork.run { Self.reading(loader.finish(report)) }
    }

    private static func reading(_ outcome: LoadOutcome) -> GatewayReading {
        var reading = GatewayReading(files: outcome.files)
        guard let loaded = outcome.loaded else {
            reading.errors = outcome.errors + Self.furtherErrors(outcome)
            reading.warnings = outcome.warnings
            return reading
        }
        let plan = Self.plan(loaded)
        guard let set = plan.set else {
            reading.errors = outcome.errors + plan.errors
            reading.warnings = outcome.warnings + plan.warnings
            return reading
        }
        reading.gateway = LoadedGateway(
            plans: set,
            warnings: outcome.warnings + plan.warnings,
            settings: GatewaySettings(
                loaded.configuration,
                cores: ProcessInfo.processInfo.activeProcessorCount
            ),
            loaded: loaded
        )
        return reading
    }

    /// A plan set for each event loop, none shared between two.
    func plansForLoops() -> [PlanSet] {
        [self.plans] + (1..<self.settings.loops).compactMap { _ in Self.plan(self.loaded).set }
    }

    /// The methods that no route reaches, but for those of gRPC's own services, sorted.
    var unroutedMethods: [String] {
        let routed = Set(self.plans.plans.map(\.rpc))
        return self.loaded.schema.methodNames.filter { name in
            !routed.contains(name) && !name.hasPrefix("grpc.")
        }
    }

    /// Prints the warnings.
    func reportWarnings() {
        for warning in self.warnings { StandardError.print("warning: \(warning)") }
    }

    private static func plan(
        _ loaded: LoadedConfiguration,
        trust: PlanningTrust = PlanningTrust()
    ) -> Plan {
        Planner.plan(
            loaded.configuration,
            declarations: loaded.routes,
            schema: loaded.schema,
            trust: trust
        )
    }

    /// What else is wrong in a configuration that has errors already.
    private static func furtherErrors(_ outcome: LoadOutcome) -> [ConfigError] {
        guard let partial = outcome.partial else { return [] }
        let concernsBackends = outcome.errors.contains { error in
            let key = error.place.keyPath
            return key.isEmpty || key.hasPrefix("backends") || key.hasPrefix("defaults")
        }
        let trust = PlanningTrust(backends: !concernsBackends, routes: false)
        return Self.plan(partial, trust: trust).errors
    }
}
