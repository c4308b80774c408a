internal import Exchanges
internal import Gateway
internal import Loading

/// Keeps a running gateway at what its configuration says.
///
/// Each reload reads everything anew. One that finds an error changes nothing, and says so.
struct Reloading {
    private let file: String
    private let gateway: Gateway
    private let reflector: Reflector
    private let triggers: ReloadTriggers
    private var watch: FileWatch

    /// Looks whose files may still be written to, a tenth of a second each, before it is loaded.
    private static let settlingLooks = 10

    /// Makes it.
    ///
    /// - Parameters:
    ///   - file: the configuration.
    ///   - files: what was read for it; see `GatewayReading.files`.
    ///   - gateway: what runs.
    ///   - reflector: asks backends for their schema.
    ///   - triggers: when to look.
    init(
        _ file: String,
        files: [String],
        gateway: Gateway,
        reflector: Reflector,
        triggers: ReloadTriggers
    ) {
        self.file = file
        self.gateway = gateway
        self.reflector = reflector
        self.triggers = triggers
        self.watch = FileWatch(files)
    }

    /// Reloads whenever it is time to; ends when its task is cancelled.
    mutating func run() async {
        for await _ in self.triggers.looks {
            if self.triggers.takeOrder() {
                await self.reload()
            } else if self.watch.hasChanged() {
                await self.settle()
                await self.reload()
            }
        }
    }

    /// Waits until what changes the files is done with them.
    private mutating func settle() async {
        for _ in 0..<Self.settlingLooks {
            try? await Task.sleep(for: .milliseconds(100))
            guard self.watch.hasChanged() else { return }
        }
    }

    private mutating func reload() async {
        await self.replace()
        // Whatever came of it: what it was made of is not news any more.
        await self.reflector.watch()
    }

    private mutating func replace() async {
        var (reading, plans) = await self.read()
        for _ in 0..<Self.settlingLooks where reading.gateway == nil && self.watch.hasChanged() {
            // It was written to while it was read: what was found may be half of something.
            await self.settle()
            (reading, plans) = await self.read()
        }
        // The gateway stops: nobody is to be told of errors that come of that.
        guard !Task.isCancelled else { return }
        guard let loaded = reading.gateway else {
            reading.reportErrors()
            self.refuse(reading.errorCount)
            return
        }
        loaded.reportWarnings()
        do throws(ReloadError) {
            try await self.gateway.reload(loaded.settings, plans: plans)
            await self.reflector.accept()
            let count = loaded.plans.plans.count
            StandardError.print("transom: reloaded: \(count) route\(count == 1 ? "" : "s")")
        } catch {
            self.refuse(error.description)
        }
    }

    private mutating func read() async -> (GatewayReading, [PlanSet]) {
        // From now on: what is changed while it is read is found by the next look.
        _ = self.watch.hasChanged()
        let reading = await LoadedGateway.read(self.file, self.reflector)
        let plans = await BlockingWork.run { reading.gateway?.plansForLoops() ?? [] }
        self.watch.follow(reading.files)
        return (reading, plans)
    }

    private func refuse(_ reason: String) {
        self.gateway.noteFailedReload()
        StandardError.print("transom: not reloaded, the configuration before stays: \(reason)")
    }
}
