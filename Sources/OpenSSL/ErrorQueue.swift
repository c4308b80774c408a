internal import COpenSSL

/// OpenSSL's queue of errors, one per thread: cleared before a call, drained after its failure.
enum ErrorQueue {
    static func clear() {
        ERR_clear_error()
    }

    /// What a failed call left behind; the queue is empty afterwards.
    struct Entry {
        var library: Int32 = 0
        var reason: Int32 = 0
        var text = ""
    }

    /// Takes the first error of the queue, which is the cause of the others.
    static func drain() -> Entry {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return Entry() }
        let text = ERR_reason_error_string(code).map { String(cString: $0) }
        return Entry(
            library: ERR_GET_LIB(code),
            reason: ERR_GET_REASON(code),
            text: text ?? "error \(String(code, radix: 16))"
        )
    }

    /// The error of a failed call that sets something up.
    static func setUpError(
        _ what: String,
        part: TLSError.Part? = nil,
        kind: TLSError.Kind = .unusable
    ) -> TLSError {
        let entry = self.drain()
        let isMemory = entry.reason == ERR_R_MALLOC_FAILURE
        let text = entry.text.isEmpty ? "no reason given" : entry.text
        return TLSError(
            kind: isMemory ? .outOfMemory : kind,
            text: "\(what): \(text)",
            part: part
        )
    }
}
