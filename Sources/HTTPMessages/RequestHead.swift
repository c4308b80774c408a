/// The head of one request: what a client asks for, taken apart and checked.
///
/// A head belongs to its connection and is filled again and again by the connection's `HeadParser`.
/// It keeps a copy of the head's bytes, so that the connection may reuse its read buffer. Every
/// pointer that it returns is valid until the next `parse` into it or `releaseMemory`.
///
/// What a head says is complete only after the parser answered `.complete`.
public final class RequestHead {
    let content: UnsafeMutablePointer<HeadContent>

    public init() {
        self.content = .allocate(capacity: 1)
        self.content.initialize(to: HeadContent())
    }

    deinit {
        self.content.deinitialize(count: 1)
        self.content.deallocate()
    }

    /// The method; `other` for tokens that the gateway does not know.
    public var method: Method { self.content.pointee.values.method }

    /// The bytes of the method.
    public var methodBytes: UnsafeRawBufferPointer {
        self.part(self.content.pointee.values.methodPart)
    }

    /// The request target as it was sent.
    public var target: UnsafeRawBufferPointer { self.part(self.content.pointee.values.target) }

    /// The path of the target, not decoded and never empty.
    ///
    /// `*` for OPTIONS of the whole server.
    public var path: UnsafeRawBufferPointer {
        guard let implied = self.content.pointee.values.impliedPath else {
            return self.part(self.content.pointee.values.path)
        }
        return implied.bytes
    }

    /// What follows the target's first `?`, not decoded; nil without a `?`.
    public var query: UnsafeRawBufferPointer? {
        guard self.content.pointee.values.hasQuery else { return nil }
        return self.part(self.content.pointee.values.query)
    }

    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    public var minorVersion: UInt8 { self.content.pointee.values.minorVersion }

    /// The authority that is asked, as `uri-host[:port]`: the target's, else the Host field's.
    ///
    /// Empty only for an HTTP/1.0 request that names none.
    public var host: UnsafeRawBufferPointer { self.part(self.content.pointee.values.host) }

    /// How the end of the body is found.
    public var framing: BodyFraming { self.content.pointee.values.framing }

    /// Whether the client wants to send another request on this connection (RFC 9112, 9.3).
    public var persists: Bool { self.content.pointee.values.persists }

    /// Whether the client waits for `100 Continue` before it sends its body (RFC 9110, 10.1.1).
    ///
    /// False where there is no body to wait with, and in HTTP/1.0, where it must be ignored.
    public var expectsContinue: Bool { self.content.pointee.values.expectsContinue }

    /// The number of field lines.
    public var fieldCount: Int { self.content.pointee.values.fieldCount }

    /// Lets go of memory that an unusually large head took; the head is empty afterwards.
    ///
    /// To be called when a connection falls idle, not between two calls of `parse` for one head.
    public func releaseMemory() {
        self.content.pointee.releaseMemory()
    }

    @inline(__always)
    private func part(_ part: HeadContent.Part) -> UnsafeRawBufferPointer {
        self.content.pointee.part(part)
    }
}
