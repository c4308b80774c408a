internal import Bytes
internal import Configuration
package import Exchanges
internal import GRPC
internal import HTTPMessages
internal import Policies
internal import Routing
internal import Transcoding

/// What the gateway would make of one request, in words: the same code on the same bytes, with no
/// backend behind it.
package struct Explanation {
    /// Whether the request would become a call, or be answered without a refusal.
    package internal(set) var isAccepted = false
    /// The explanation, several lines.
    package internal(set) var text = ""

    let plans: PlanSet
    let head = RequestHead()

    /// Explains a request.
    ///
    /// - Parameters:
    ///   - method: such as `GET`.
    ///   - target: path and query.
    ///   - headers: `name: value` lines.
    ///   - body: the body, or nil for none.
    ///   - plans: the compiled routes.
    package init(
        method: String,
        target: String,
        headers: [String],
        body: String?,
        plans: PlanSet
    ) {
        self.plans = plans
        var lines = ["\(method) \(target) HTTP/1.1"] + headers
        if !headers.contains(where: { $0.lowercased().hasPrefix("host:") }) {
            lines.append("Host: localhost")
        }
        let content = Array((body ?? "").utf8)
        if body != nil {
            if !headers.contains(where: { $0.lowercased().hasPrefix("content-type:") }) {
                lines.append("Content-Type: application/json")
            }
            lines.append("Content-Length: \(content.count)")
        }
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        var parser = HeadParser()
        switch bytes.withUnsafeBytes({ parser.parse($0, into: self.head) }) {
        case .complete(let consumed) where consumed == bytes.count:
            self.explain(content)
        case .refused(let refusal):
            self.refuse(Failures.refused(refusal))
        case .complete, .needsMore:
            self.refuse(
                Failures.refused(Refusal(status: 400, reason: "the request is not one request"))
            )
        }
    }

    private mutating func explain(_ body: [UInt8]) {
        let captures = Captures()
        switch self.plans.routes.match(
            method: self.head.methodBytes,
            path: self.head.path,
            into: captures
        ) {
        case .route(let index):
            self.explain(self.plans.plans[index], captures, body)
        case .methodNotAllowed(let allow):
            self.say("allow", self.plans.routes.allowText(allow))
            if self.head.method == .options {
                self.say("answered", "204, by the gateway itself")
                self.isAccepted = true
            } else {
                self.refuse(Failures.methodNotAllowed)
            }
        case .notFound:
            self.refuse(Failures.notFound)
        case .malformed(let reason):
            self.refuse(Failures.malformedTarget(reason))
        }
    }

    private mutating func explain(_ plan: RoutePlan, _ captures: Captures, _ body: [UInt8]) {
        self.say("route", "\(plan.verb) \(plan.template)")
        self.say("method", plan.rpc)
        if let stream = plan.stream {
            self.say("kind", "\(stream.kind)")
            if stream.serverStreams {
                let format = StreamFormat.chosen(
                    by: self.head,
                    route: plan.rawAnswer == nil ? stream.format : .raw
                )
                self.say("answer", format.contentType.map { "\($0)" } ?? "as the backend says")
            }
        }
        self.say("backend", self.plans.backendNames[plan.backend])
        if let failure = Admission.refusal(of: self.head, for: plan) {
            self.refuse(failure)
            return
        }
        let budget = Admission.budget(of: self.head, for: plan, cap: self.plans.maxDeadline)
        guard let budget else {
            self.refuse(Failures.malformedTimeout)
            return
        }
        self.say("deadline", budget == .max ? "none" : DurationText.format(.nanoseconds(budget)))
        let values = BindingValues()
        for (index, field) in plan.binding.captures.enumerated() where index < captures.count {
            let value = captures.value(at: index)
            self.say("path", "\(field.name) = \(String(decoding: value, as: UTF8.self))")
            values.add(capture: index, value: value)
        }
        guard self.bindQuery(to: values) else { return }
        self.explainMessages(plan, values, body)
    }

    private mutating func bindQuery(to values: BindingValues) -> Bool {
        guard let query = self.head.query else { return true }
        var reader = QueryReader()
        reader.start(query)
        do throws(QueryError) {
            while let pair = try reader.next() {
                let name = String(decoding: pair.name, as: UTF8.self)
                self.say("query", "\(name) = \(String(decoding: pair.value, as: UTF8.self))")
                values.add(queryName: pair.name, value: pair.value)
            }
            return true
        } catch {
            self.refuse(Failures.malformedQuery(error))
            return false
        }
    }

    mutating func explainMetadata() {
        for index in 0..<self.head.fieldCount {
            let bytes = self.head.nameBytes(at: index)
            let name = String(decoding: bytes, as: UTF8.self)
            let value = String(decoding: self.head.value(at: index), as: UTF8.self)
            switch self.plans.requestMetadata.disposition(
                of: self.head.name(at: index),
                bytes: bytes
            ) {
            case .drop: continue
            case .forward: self.say("metadata", "\(name): \(value)")
            case .forwardAsUserAgent: self.say("metadata", "x-forwarded-user-agent: \(value)")
            case .forwardWithoutPrefix(let count):
                self.say("metadata", "\(name.dropFirst(count)): \(value)")
            }
        }
        self.say("metadata", "x-forwarded-for: the client's address")
        self.say("metadata", "x-forwarded-proto: http, or https over TLS")
        self.say("metadata", "x-forwarded-host: \(String(decoding: self.head.host, as: UTF8.self))")
        self.say("metadata", "x-request-id: the client's, or a new one")
    }

    mutating func refuse(_ failure: Failure) {
        self.say(
            "refused",
            "\(failure.httpStatus), code \(failure.code.rawValue) \(failure.code.name)"
        )
        self.say("reason", failure.message)
    }

    mutating func say(_ label: String, _ words: String) {
        let padding = String(repeating: " ", count: max(1, 11 - label.count))
        self.text += "\(label)\(padding)\(words)\n"
    }
}
