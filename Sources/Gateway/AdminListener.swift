internal import FrontDoor
internal import NIOCore

/// Where the admin endpoints are served, on one of the loops.
struct AdminListener: Sendable {
    private let listener: Listener
    private let table: NIOLoopBound<ConnectionTable>
    private let endpoints: NIOLoopBound<AdminEndpoints>

    /// The most connections; who asks here is few.
    private static let connections = 1000

    /// Binds the address; nil when the admin endpoints are off.
    ///
    /// - Throws: `StartError`.
    static func start(
        _ settings: GatewaySettings,
        routes: [UInt8],
        loop: any EventLoop,
        readiness: Readiness,
        availability: BackendAvailability
    ) async throws -> AdminListener? {
        guard let admin = settings.admin else { return nil }
        let (endpoints, table) = try await loop.submit {
            let endpoints = AdminEndpoints(
                readiness: readiness,
                availability: availability,
                routesJSON: routes
            )
            var limits = ConnectionLimits()
            limits.connections = Self.connections
            let table = ConnectionTable(receiver: endpoints, limits: limits)
            table.start(on: loop)
            return (
                NIOLoopBound(endpoints, eventLoop: loop), NIOLoopBound(table, eventLoop: loop)
            )
        }.get()
        let listener: Listener
        do {
            listener = try await .bind(admin, tables: [table], inherited: settings.inherited)
        } catch {
            throw StartError(address: admin.address, cause: error)
        }
        return AdminListener(listener: listener, table: table, endpoints: endpoints)
    }

    /// Where it listens, in words.
    var places: [String] { self.listener.places }

    /// Gives `/metrics` something to show.
    func show(_ metrics: MetricsGathering) async throws {
        let loop = self.endpoints.eventLoop
        try await self.endpoints.submit { $0.metrics = { metrics.text(on: loop) } }.get()
    }

    /// Has `/routes` show these.
    func show(routes: [UInt8]) {
        self.endpoints.run { $0.routesJSON = routes }
    }

    func close() async {
        await self.listener.close()
        try? await self.table.submit { $0.close() }.get()
    }
}
