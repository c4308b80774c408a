internal import Bytes
internal import Exchanges
internal import Transcoding

/// A file as a stream of messages: a raw body, or the file of a form, piece by piece.
///
/// What path, query and the form's fields bind goes into the first message, and so does the content
/// type of a `google.api.HttpBody`.
extension StreamRunner {
    /// The most bytes of a file in one message.
    private static let longestPiece = 1 << 20

    /// Takes a piece of a raw body.
    func takePieces(_ bytes: UnsafeRawBufferPointer) {
        self.addPieces(bytes)
        self.sendMessages()
    }

    /// Takes a piece of a form that has a file.
    func takeForm(_ bytes: UnsafeRawBufferPointer, _ form: MultipartSplitter) {
        var rest = bytes
        do throws(TranscodingError) {
            while !self.machine.isFinished, let event = try form.next(&rest) {
                switch event {
                case .file(let contentType): try self.beginFile(form, contentType)
                case .piece(let piece): self.addPieces(piece)
                }
            }
        } catch {
            self.refuseForm(error)
            return
        }
        self.sendMessages()
    }

    /// The form has ended: whether it is whole and had a file.
    func endForm(_ form: MultipartSplitter) -> Bool {
        do throws(TranscodingError) {
            try form.end()
            return true
        } catch {
            self.refuseForm(error)
            return false
        }
    }

    private func beginFile(
        _ form: MultipartSplitter,
        _ contentType: UnsafeRawBufferPointer
    ) throws(TranscodingError) {
        guard let exchange = self.exchange else { return }
        let plans = self.snapshot.plans
        try form.bindFields(
            of: exchange.plan.binding,
            tables: plans.tables,
            depth: plans.limits.depth,
            into: exchange.values
        )
        guard exchange.facts.format == .raw else { return }
        // The file's, in place of the form's.
        exchange.facts.contentType.removeAll()
        exchange.facts.contentType.append(contentType)
    }

    private func refuseForm(_ error: TranscodingError) {
        self.exchange?.facts.violations = error.violations
        self.run(self.machine.failed(Failures.untranscodable(error)))
    }

    private func addPieces(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        let half = (self.plan?.messageLimit ?? 0) / 2
        let longest = min(Self.longestPiece, max(1, half))
        while !self.machine.isFinished, !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(longest))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(longest))
            self.add(piece)
        }
    }
}
