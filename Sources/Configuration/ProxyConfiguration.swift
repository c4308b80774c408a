/// Which field of a trusted proxy is read first, under `forwarded`.
package enum ForwardedField: String, NamedChoice {
    /// X-Forwarded-For, -Proto and -Host.
    case xForwarded = "x-forwarded"
    /// Forwarded (RFC 7239).
    case forwarded
}

/// What is done about a request without a valid `traceparent`, under `trace`.
package enum TraceStart: String, NamedChoice {
    /// A trace is begun that is not sampled.
    case start
    /// A trace is begun that is sampled.
    case sample
    /// Nothing: what comes is passed on.
    case pass
}

extension Kind where Value == String {
    /// The value of a Cache-Control field, in visible ASCII (RFC 9111, 5.2).
    static var cacheControl: Kind {
        .scalar(
            "a Cache-Control value such as max-age=60 or no-store",
            parse: { text in
                let isValue = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
                let isTrimmed = !text.isEmpty && !text.hasPrefix(" ") && !text.hasSuffix(" ")
                return isValue && isTrimmed ? text : nil
            },
            text: { $0 }
        )
    }
}
