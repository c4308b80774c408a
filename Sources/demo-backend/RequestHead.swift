internal import GRPC

/// What a call's head says.
struct RequestHead {
    var path = ""
    private(set) var hasGRPCContent = false
    private(set) var encoding = ""
    /// Nanoseconds the call may take.
    private(set) var timeout: Int64?
    private(set) var hasBrokenTimeout = false

    mutating func take(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        if name.elementsEqual(":path".utf8) {
            self.path = String(decoding: value, as: UTF8.self)
        } else if name.elementsEqual("content-type".utf8) {
            self.hasGRPCContent = value.starts(with: "application/grpc".utf8)
        } else if name.elementsEqual("grpc-encoding".utf8) {
            self.encoding = String(decoding: value, as: UTF8.self)
        } else if name.elementsEqual("grpc-timeout".utf8) {
            self.timeout = TimeoutHeader.parse(grpcTimeout: value)
            self.hasBrokenTimeout = self.timeout == nil
        }
    }

    /// Why the call cannot begin, if it cannot.
    var failure: CallFailure? {
        if self.hasBrokenTimeout {
            return CallFailure(code: .internal, message: "grpc-timeout cannot be read")
        }
        if let timeout = self.timeout, timeout <= 0 {
            return CallFailure(code: .deadlineExceeded, message: "the deadline has passed")
        }
        guard self.encoding.isEmpty || self.encoding == "identity" else {
            return CallFailure(
                code: .unimplemented,
                message: "grpc-encoding: expected identity, found '\(self.encoding)'"
            )
        }
        return nil
    }
}
