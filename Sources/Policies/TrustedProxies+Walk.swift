public import HTTPMessages

extension TrustedProxies {
    /// Finds the client behind a connection.
    ///
    /// - Parameters:
    ///   - head: the request's.
    ///   - peer: the connection's other end: the socket's, or what a PROXY protocol header says.
    /// - Returns: the peer itself, and no more, if it is not trusted.
    public func origin(of head: RequestHead, peer: Peer) -> ClientOrigin {
        guard self.trusts(peer) else { return ClientOrigin(peer: peer) }
        let readsForwarded =
            head.contains(.forwarded) && (self.prefersForwarded || !head.contains(.xForwardedFor))
        return readsForwarded ? self.forwarded(head, peer) : self.xForwarded(head, peer)
    }

    /// Walks X-Forwarded-For, then takes what its outermost trusted writer says of scheme and host.
    private func xForwarded(_ head: RequestHead, _ peer: Peer) -> ClientOrigin {
        var origin = ClientOrigin(peer: peer)
        var elements = ElementsFromRight(head, .xForwardedFor)
        while origin.hops < Self.longestWalk, self.trusts(origin.peer),
            let element = elements.next(), let address = ForwardedNode.address(element)
        {
            origin.peer = .address(address)
            origin.hops += 1
        }
        if let proto = self.element(of: .xForwardedProto, head, hops: origin.hops) {
            origin.scheme = ClientOrigin.Scheme(proto)
        }
        if let host = self.element(of: .xForwardedHost, head, hops: origin.hops),
            ForwardedNode.isHost(host)
        {
            origin.host = host
        }
        return origin
    }

    /// The element that the outermost trusted proxy wrote.
    ///
    /// Where each proxy adds an element it stands as far from the right as in X-Forwarded-For; where
    /// the outermost sets the only one, it is the one that is farthest.
    private func element(
        of name: FieldName,
        _ head: RequestHead,
        hops: Int
    ) -> UnsafeRawBufferPointer? {
        var elements = ElementsFromRight(head, name)
        var found: UnsafeRawBufferPointer?
        for _ in 0..<max(1, hops) {
            guard let element = elements.next() else { break }
            found = element
        }
        return found
    }

    /// Walks Forwarded; each element has all that its writer says.
    private func forwarded(_ head: RequestHead, _ peer: Peer) -> ClientOrigin {
        var origin = ClientOrigin(peer: peer)
        var elements = ElementsFromRight(head, .forwarded)
        while origin.hops < Self.longestWalk, self.trusts(origin.peer),
            let element = elements.next(), let parts = ForwardedElement(element)
        {
            if let proto = parts.proto { origin.scheme = ClientOrigin.Scheme(proto) }
            if let host = parts.host { origin.host = ForwardedNode.isHost(host) ? host : nil }
            guard let node = parts.node, let address = ForwardedNode.address(node) else { break }
            origin.peer = .address(address)
            origin.hops += 1
        }
        return origin
    }
}

/// The elements of all field lines of one name, from the last to the first.
///
/// A comma in quotes parts nothing. The quotes are counted from the right too: what a client wrote
/// stands to the left of what trusted proxies added, and cannot change how that is read.
private struct ElementsFromRight {
    private let head: RequestHead
    private let name: FieldName
    private var line: Int
    private var rest: UnsafeRawBufferPointer?

    init(_ head: RequestHead, _ name: FieldName) {
        self.head = head
        self.name = name
        self.line = head.contains(name) ? head.fieldCount : 0
    }

    /// The next element, without white space round it; it may be empty.
    mutating func next() -> UnsafeRawBufferPointer? {
        guard let rest = self.rest ?? self.nextLine() else { return nil }
        var isQuoted = false
        var index = rest.count
        while index > 0 {
            let byte = rest[index - 1]
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ","), !isQuoted {
                self.rest = UnsafeRawBufferPointer(rebasing: rest[..<(index - 1)])
                return rest.dropping(index).trimmed
            }
            index -= 1
        }
        self.rest = nil
        return rest.trimmed
    }

    private mutating func nextLine() -> UnsafeRawBufferPointer? {
        while self.line > 0 {
            self.line -= 1
            if self.head.name(at: self.line) == self.name { return self.head.value(at: self.line) }
        }
        return nil
    }
}
