package import Bytes
internal import Glibc
internal import HTTPMessages
internal import NIOCore

/// Answers that come in pieces, and tunnels.
///
/// Pieces are gathered: what is appended in one turn of the loop, the head included, leaves in one
/// chunk and one write at the turn's end. While the client's socket takes no more, pieces go on
/// being gathered, so that the channel holds one write at a time and a slow client gets big ones.
///
/// Nothing here calls the exchange back; what there is to tell is told in a turn of its own.
extension ClientConnection {
    /// Begins an answer whose body comes in pieces.
    ///
    /// Allowed once for a request, from its head on, and before its body's end too. Whether the
    /// connection persists is decided here: `head` must say what `persistsAfterAnswer` says.
    ///
    /// - Parameters:
    ///   - head: complete, with its empty line; it has `transfer-encoding: chunked` for
    ///     `.chunked`, and `connection: close` for `.untilClose`. Copied.
    ///   - framing: `.chunked`, or `.untilClose` for an HTTP/1.0 client.
    package func beginAnswer(_ head: borrowing OutputBuffer, framing: AnswerFraming) {
        guard let context = self.context else { return }
        guard self.stream == nil, self.mayBeginAnswer else {
            assertionFailure("an answer that does not belong to a request under way")
            return
        }
        self.requestPersists = self.persistsAfterAnswer && framing.outlivesAnswer
        // The channel counts as writable when it holds nothing: so its becoming writable tells when
        // the last write has left. That is of no harm to later answers, which need no other mark.
        try? context.channel.syncOptions?.setOption(
            .writeBufferWaterMark,
            value: .init(low: 1, high: 1)
        )
        let stream = AnswerStream(framing)
        let gather = self.table.takeGather()
        head.withUnsafeBytes { gather.output.append($0) }
        gather.contentStart = gather.output.count
        stream.gather = gather
        stream.channelBytes = self.outflow.mayBeWaiting ? self.waitingBytes : 0
        self.stream = stream
        self.putOff()
    }

    /// Turns the connection over to another protocol (RFC 9110, 7.8).
    ///
    /// From now on all bytes of the client's, those that wait included, come through
    /// `bodyReceived` as they are, and what is appended is sent as it is. `finish` shuts the write
    /// side, and the client's end of its side is `clientGone`.
    ///
    /// Allowed only for a request whose body is complete, before any other answer; in the midst
    /// of a body, which is the client's doing, the connection is closed instead.
    ///
    /// - Parameter head: the 101, complete with its empty line. Copied.
    package func upgrade(_ head: borrowing OutputBuffer) {
        guard let context = self.context else { return }
        switch self.phase {
        case .awaitingAnswer: break
        case .awaitingHead, .receivingBody, .tunnel, .lingering, .closed:
            context.close(promise: nil)
            return
        }
        self.beginAnswer(head, framing: .raw)
        self.phase = .tunnel
        self.needsProcessing = true
    }

    /// Appends to the body of the answer begun, or to a tunnel; nothing happens without one.
    ///
    /// - Parameter write: appends to the buffer, whose content so far must be left alone; must not
    ///   call the connection. What it takes back by `truncate`, it has not written.
    package func append(_ write: (inout OutputBuffer) -> Void) {
        guard let stream = self.stream else { return }
        let gather = stream.gather ?? self.table.takeGather()
        stream.gather = gather
        if stream.unsentBytes > AnswerStream.overrun {
            assert(stream.isFull)
            stream.isOverrun = true
        } else {
            write(&gather.output)
        }
        if gather.output.count > AnswerStream.highWater, self.isWritable {
            self.writeGathered(stream)
        }
        if stream.unsentBytes > AnswerStream.highWater { stream.isFull = true }
        self.putOff()
    }

    /// Whether the client takes what is sent; false from 64 KiB on that its socket has not taken,
    /// until 32 KiB, when `answerDrained` tells.
    package var canTakeMore: Bool {
        guard let stream = self.stream else { return true }
        return !stream.isFull
    }

    /// Bytes of the answer under way that the client's socket has not taken.
    package var unsentBytes: Int {
        let gathered = self.stream?.gather?.output.count ?? 0
        return self.outflow.mayBeWaiting ? gathered + self.waitingBytes : gathered
    }

    /// Bytes read from the client that nobody has taken yet.
    package var unreadBytes: Int { self.pending.readableBytes }

    /// Ends the answer's body and the request, as `finish` does.
    package func endAnswer() {
        self.finish()
    }

    /// Ends the answer's body and the request, as `finish` does.
    ///
    /// - Parameter trailers: field lines, each ended with CRLF, without the empty line behind them;
    ///   dropped where the framing has no room for any.
    package func endAnswer(trailers: borrowing OutputBuffer) {
        self.exchange = nil
        if let stream = self.stream, case .chunked = stream.framing {
            let gather = self.beginEnd(of: stream)
            ChunkWriter.beginTrailers(into: &gather.output)
            trailers.withUnsafeBytes { gather.output.append($0) }
            ResponseWriter.end(into: &gather.output)
            self.cutStream()
        }
        self.finish()
    }

    // MARK: - The end of a turn

    /// Lets `turnEnded` be called when the loop has handled all sockets of this turn.
    func putOff() {
        guard !self.isPutOff else { return }
        self.table.putOff(self)
    }

    /// Does what was put off.
    func turnEnded() {
        self.isPutOff = false
        if self.needsProcessing { self.process() }
        guard self.context != nil else { return self.tellGone() }
        guard let stream = self.stream else { return }
        if stream.isOverrun {
            self.table.counters.outputOverruns += 1
            self.context?.close(promise: nil)
            return
        }
        if self.isWritable {
            stream.channelBytes = 0
            self.writeGathered(stream)
        }
        guard self.stream != nil, stream.isFull, stream.unsentBytes <= AnswerStream.lowWater else {
            return
        }
        stream.isFull = false
        self.exchange?.answerDrained()
    }

    /// Hands what is gathered to the channel, in one write.
    private func writeGathered(_ stream: AnswerStream) {
        guard let gather = stream.gather else { return }
        stream.gather = nil
        defer { self.table.giveBack(gather) }
        guard !gather.output.isEmpty, let context = self.context else { return }
        let buffer = self.table.buffer(with: gather, framing: stream.framing)
        self.outflow.wrote(buffer.readableBytes)
        self.isWriting = true
        context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
        self.isWriting = false
        stream.channelBytes = self.isWritable ? 0 : self.waitingBytes
    }

    // MARK: - The end of a stream

    /// Hands over what is left with the body's end behind it; `finish` must follow.
    func endStream() {
        guard let stream = self.stream else { return }
        if case .chunked = stream.framing {
            ChunkWriter.end(into: &self.beginEnd(of: stream).output)
        }
        self.cutStream()
    }

    private func beginEnd(of stream: AnswerStream) -> GatherBuffer {
        let gather = stream.gather ?? self.table.takeGather()
        stream.gather = gather
        gather.contentEnd = gather.output.count
        return gather
    }

    /// Hands over what is left, without a word of the body's end.
    func cutStream() {
        guard let stream = self.stream else { return }
        self.writeGathered(stream)
        self.stream = nil
    }

    /// Lets go of what can no longer be sent.
    func dropStream() {
        guard let stream = self.stream else { return }
        self.stream = nil
        guard let gather = stream.gather else { return }
        stream.gather = nil
        self.table.giveBack(gather)
    }

    /// Lets the connection's close be a reset (socket(7), SO_LINGER): where the end of the
    /// connection is the end of the body, only that tells that the body is not whole.
    func resetAtClose() {
        guard let options = self.context?.channel as? any SocketOptionProvider else { return }
        _ = options.setSoLinger(Glibc.linger(l_onoff: 1, l_linger: 0))
    }

    private var mayBeginAnswer: Bool {
        switch self.phase {
        case .receivingBody, .awaitingAnswer: true
        case .awaitingHead, .tunnel, .lingering, .closed: false
        }
    }
}

/// A body that its receiver takes as fast as it can.
extension ClientConnection {
    /// Keeps `bodyReceived` and `bodyEnded` back; beyond `readAheadBytes` nothing is read either.
    ///
    /// It holds for the current request or tunnel, until `resumeBody`.
    package func pauseBody() {
        self.isBodyPaused = true
    }

    /// Lets the body come again, what waits in a turn of its own.
    package func resumeBody() {
        guard self.isBodyPaused else { return }
        self.isBodyPaused = false
        guard !self.isProcessing else { return }
        self.needsProcessing = true
        self.putOff()
    }
}

extension AnswerFraming {
    /// Whether the connection can go on behind an answer.
    fileprivate var outlivesAnswer: Bool {
        switch self {
        case .chunked: true
        case .untilClose, .raw: false
        }
    }
}
