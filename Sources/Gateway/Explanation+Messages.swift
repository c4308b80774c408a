internal import Bytes
internal import Exchanges
internal import HTTPMessages
internal import Routing
internal import Transcoding

/// The messages that a request becomes.
extension Explanation {
    /// Explains each message of the request: the one of most methods, those of a client stream.
    mutating func explainMessages(
        _ plan: RoutePlan,
        _ values: BindingValues,
        _ body: [UInt8]
    ) {
        guard let bodies = self.bodies(of: plan, body) else { return }
        let requests = RequestTranscoder(tables: self.plans.tables, limits: self.plans.limits)
        for body in bodies {
            guard self.explainMessage(plan, values, body, requests) else { return }
            // What path and query bind is in the first message only.
            values.removeAll()
        }
        if bodies.isEmpty { self.say("message", "none") }
        self.isAccepted = true
        self.explainMetadata()
    }

    /// The body, or the values that it has for a client stream; nil, and a refusal told, when it
    /// cannot be taken apart.
    private mutating func bodies(of plan: RoutePlan, _ body: [UInt8]) -> [[UInt8]]? {
        guard case .values(let form) = StreamBodyForm(of: self.head, for: plan) else {
            return [body]
        }
        var splitter = JSONSplitter(
            form: form ?? body.withUnsafeBytes { JSONSplitter.Form(toldBy: $0) } ?? .lines,
            limit: plan.messageLimit,
            depth: self.plans.limits.depth
        )
        var bodies: [[UInt8]] = []
        let error = body.withUnsafeBytes { bytes -> TranscodingError? in
            var rest = bytes
            do throws(TranscodingError) {
                while let value = try splitter.next(&rest) { bodies.append(Array(value)) }
                if let value = try splitter.end() { bodies.append(Array(value)) }
                return nil
            } catch {
                return error
            }
        }
        guard let error else { return bodies }
        self.refuse(Failures.untranscodable(error))
        return nil
    }

    /// Explains one message; false when the request would be refused for it.
    private mutating func explainMessage(
        _ plan: RoutePlan,
        _ values: BindingValues,
        _ body: [UInt8],
        _ requests: RequestTranscoder
    ) -> Bool {
        var query = QueryReader()
        var message = OutputBuffer(limit: plan.messageLimit)
        let contentType = Array(
            self.head.first(.contentType) ?? UnsafeRawBufferPointer(start: nil, count: 0)
        )
        let fault = contentType.withUnsafeBytes { contentType in
            body.withUnsafeBytes { body in
                RequestMessage.encode(
                    plan,
                    format: RequestFormat(of: self.head, for: plan),
                    contentType: contentType,
                    body: body,
                    values: values,
                    query: &query,
                    transcoder: requests,
                    into: &message
                )
            }
        }
        if let fault {
            for violation in fault.violations {
                self.say("violation", "\(violation.field): \(violation.description)")
            }
            self.refuse(fault.failure)
            return false
        }
        guard let json = self.json(of: message, plan.binding.inputType) else { return false }
        let type = self.plans.tables.messages[Int(plan.binding.inputType)].fullName
        self.say("message", "\(self.plans.tables.string(type)), \(message.count) bytes")
        self.text += json + "\n"
        return true
    }

    /// The request message as JSON; nil, and a refusal told, when it cannot be printed.
    private mutating func json(of message: borrowing OutputBuffer, _ type: Int32) -> String? {
        let printer = ResponsePrinter(tables: self.plans.tables, limits: self.plans.limits)
        var json = OutputBuffer()
        do throws(TranscodingError) {
            try message.withUnsafeBytes { message throws(TranscodingError) in
                try printer.print(
                    message,
                    type: type,
                    profile: JSONProfile(pretty: true),
                    into: &json
                )
            }
        } catch {
            self.refuse(Failures.untranscodable(error))
            return nil
        }
        return String(decoding: json.bytes(), as: UTF8.self)
    }
}
