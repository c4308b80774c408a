internal import Bytes

/// Reads the details out of a serialized google.rpc.Status (google/rpc/status.proto:
/// `int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3`).
struct StatusReader {
    /// One google.protobuf.Any; both parts are offsets into the status.
    struct Detail {
        var url: WireSegment
        var value: WireSegment
    }

    private let source: WireSource
    private var reader: WireReader

    /// A reader of a status, which must be below 4 GiB.
    init(_ status: UnsafeRawBufferPointer) {
        self.source = WireSource(status)
        self.reader = WireReader(self.source, from: 0, to: status.count)
    }

    /// The next detail; nil at the end, and at the first byte that is not the wire format.
    mutating func nextDetail() -> Detail? {
        do throws(PrinterFault) {
            while !self.reader.isAtEnd {
                let tag = try self.reader.tag()
                guard tag.number == 3, tag.type == .length else {
                    try self.reader.skip(tag)
                    continue
                }
                return self.detail(try self.reader.payload())
            }
        } catch {
            return nil
        }
        return nil
    }

    /// The parts of an Any, as far as it can be read.
    private func detail(_ any: WireSegment) -> Detail {
        let nothing = WireSegment(start: any.start, end: any.start)
        var detail = Detail(url: nothing, value: nothing)
        var reader = WireReader(self.source, from: any.start, to: any.end)
        do throws(PrinterFault) {
            while !reader.isAtEnd {
                let tag = try reader.tag()
                switch (tag.number, tag.type) {
                case (1, .length): detail.url = try reader.payload()
                case (2, .length): detail.value = try reader.payload()
                default: try reader.skip(tag)
                }
            }
        } catch {
            return detail
        }
        return detail
    }

    func bytes(_ segment: WireSegment) -> UnsafeRawBufferPointer { self.source.bytes(segment) }

    /// Whether the type URL of a detail names this message.
    func isType(_ name: StaticString, _ detail: Detail) -> Bool {
        let url = self.bytes(detail.url)
        let count = name.utf8CodeUnitCount
        guard url.count > count, url[url.count - count - 1] == UInt8(ascii: "/") else {
            return false
        }
        return url.suffix(count)
            .elementsEqual(UnsafeRawBufferPointer(start: name.utf8Start, count: count))
    }

    /// Reads a Duration that is field 1 of a message (`RetryInfo.retry_delay`).
    func durationField(_ message: WireSegment) -> (seconds: Int64, nanoseconds: Int32)? {
        var seconds: UInt64 = 0
        var nanoseconds: UInt64 = 0
        var isSet = false
        do throws(PrinterFault) {
            var outer = WireReader(self.source, from: message.start, to: message.end)
            while !outer.isAtEnd {
                let tag = try outer.tag()
                guard tag.number == 1, tag.type == .length else {
                    try outer.skip(tag)
                    continue
                }
                isSet = true
                let duration = try outer.payload()
                var inner = WireReader(self.source, from: duration.start, to: duration.end)
                while !inner.isAtEnd {
                    let tag = try inner.tag()
                    switch (tag.number, tag.type) {
                    case (1, .varint): seconds = try inner.varint()
                    case (2, .varint): nanoseconds = try inner.varint()
                    default: try inner.skip(tag)
                    }
                }
            }
        } catch {
            return nil
        }
        guard isSet else { return nil }
        return (Int64(bitPattern: seconds), Int32(truncatingIfNeeded: nanoseconds))
    }
}

extension ResponsePrinter {
    /// The delay of the first google.rpc.RetryInfo among the details, for `Retry-After`.
    ///
    /// - Parameter details: a serialized google.rpc.Status; may be empty or broken.
    /// - Returns: whole seconds, rounded up (RFC 9110, section 10.2.3 knows no fractions), at least
    ///   0 and at most 10,000 years; nil without a RetryInfo that can be read.
    public static func retryDelay(details: UnsafeRawBufferPointer) -> Int64? {
        guard details.count < Int(UInt32.max) else { return nil }
        var reader = StatusReader(details)
        while let detail = reader.nextDetail() {
            guard reader.isType("google.rpc.RetryInfo", detail),
                let delay = reader.durationField(detail.value)
            else { continue }
            let seconds = min(max(delay.seconds, 0), 315_576_000_000)
            let isPositive = delay.seconds >= 0 && delay.nanoseconds > 0
            return isPositive ? seconds + 1 : seconds
        }
        return nil
    }
}
