internal import Balancing
internal import Bytes
internal import GRPC
internal import NIOCore
internal import Nghttp2

/// Asks one endpoint for its health, on a connection of its own.
///
/// The endpoint and its timer hold each other until ``stop()``.
final class EndpointHealth: CallEvents {
    let endpoint: Endpoint
    private let settings: HealthSettings
    private let backOff: BackOff.Settings
    private let pool: BackendPool
    private let eventLoop: any EventLoop
    private let changed: () -> Void
    private let remark: (HealthRemark) -> Void
    private var state = HealthState()
    private var call = BackendCall(maxMessageBytes: 4096)
    private var timer: Scheduled<Void>?
    private var isStopped = false

    init(
        endpoint: Endpoint,
        settings: HealthSettings,
        pool: BackendPool,
        changed: @escaping () -> Void,
        remark: @escaping (HealthRemark) -> Void
    ) {
        self.endpoint = endpoint
        self.settings = settings
        self.backOff = pool.settings.pool.backOff
        self.pool = pool
        self.eventLoop = pool.eventLoop
        self.changed = changed
        self.remark = remark
    }

    var isHealthy: Bool { self.state.isHealthy }

    func stop() {
        self.isStopped = true
        self.timer?.cancel()
        self.timer = nil
        _ = self.pool.cancel(self.call)
        _ = self.pool.closeNow()
    }

    /// Asks; what comes of it is told by events.
    func ask() {
        guard !self.isStopped, self.call.isIdle else { return }
        let isCheck = self.state.method == .check
        self.call.reset()
        self.call.headers.reset(to: self.head(isCheck ? "Check" : "Watch"))
        let offset = MessagePrefix.reserve(in: &self.call.request)
        self.appendRequest()
        MessagePrefix.fill(in: &self.call.request, at: offset)
        self.call.events = self
        let now = LoopClock.now
        if isCheck {
            self.call.deadline = now.advanced(by: self.settings.interval)
            self.after(self.settings.interval) { $0.checkTookTooLong() }
        }
        self.pool.start(self.call, now: now)
    }

    // MARK: - Events

    func callStarted(_ call: BackendCall) {}
    func callReceivedHeaders(_ call: BackendCall) {}
    func callRequestDrained(_ call: BackendCall) {}

    func callReceivedMessage(_ call: BackendCall, _ message: UnsafeRawBufferPointer) {
        let wasHealthy = self.isHealthy
        let status = Self.status(message)
        if status == HealthState.Answer.serviceUnknown.rawValue { self.remark(.unknownService) }
        self.state.answered(status)
        if self.isHealthy != wasHealthy { self.changed() }
    }

    func callEnded(_ call: BackendCall, failure: Failure?) {
        self.ended(failure?.code ?? .ok)
    }

    private func ended(_ code: StatusCode) {
        guard !self.isStopped else { return }
        let wasHealthy = self.isHealthy
        let wait = self.state.ended(
            code,
            interval: self.settings.interval,
            backOff: self.backOff,
            dice: Double.random(in: 0..<1)
        )
        self.timer?.cancel()
        self.timer = nil
        if self.state.method == .none { self.remark(.unknownProtocol) }
        if code == .notFound { self.remark(.unknownService) }
        if let wait { self.after(wait) { $0.ask() } }
        if self.isHealthy != wasHealthy { self.changed() }
    }

    private func checkTookTooLong() {
        if !self.pool.cancel(self.call) { self.call = BackendCall(maxMessageBytes: 4096) }
        self.ended(.deadlineExceeded)
    }

    private func after(_ nanoseconds: Int64, _ body: @escaping (EndpointHealth) -> Void) {
        self.timer?.cancel()
        self.timer = self.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(nanoseconds)) {
            body(self)
        }
    }

    // MARK: - Messages

    private func head(_ method: String) -> HeaderBlock {
        HeaderBlock(
            CallHead.fields(
                path: "/grpc.health.v1.Health/\(method)",
                scheme: self.settings.scheme,
                authority: self.settings.authority
            )
        )
    }

    /// `HealthCheckRequest { string service = 1; }`; a name is at most 127 bytes here.
    private func appendRequest() {
        let name = Array(self.settings.service.utf8.prefix(127))
        guard !name.isEmpty else { return }
        self.call.request.append([0x0a, UInt8(truncatingIfNeeded: name.count)] + name)
    }

    /// `HealthCheckResponse { ServingStatus status = 1; }`; 0, which does not serve, when it is not
    /// there.
    private static func status(_ message: UnsafeRawBufferPointer) -> UInt64 {
        guard message.count >= 2, message[0] == 0x08, message[1] < 0x80 else { return 0 }
        return UInt64(message[1])
    }
}
