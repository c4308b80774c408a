extension RequestHead {
    /// The name of the field line at `index`, from 0 up to `fieldCount`.
    public func name(at index: Int) -> FieldName {
        self.line(at: index).name
    }

    /// The lower-cased bytes of the name of the field line at `index`; a token, never empty.
    public func nameBytes(at index: Int) -> UnsafeRawBufferPointer {
        let line = self.line(at: index)
        return self.content.pointee.part(
            HeadContent.Part(start: Int(line.nameStart), end: Int(line.nameEnd))
        )
    }

    /// The value of the field line at `index`, without white space round it; may be empty.
    public func value(at index: Int) -> UnsafeRawBufferPointer {
        let line = self.line(at: index)
        return self.content.pointee.part(
            HeadContent.Part(start: Int(line.valueStart), end: Int(line.valueEnd))
        )
    }

    /// Whether a field line has this name; `other` is true for any unknown name.
    @inline(__always)
    public func contains(_ name: FieldName) -> Bool {
        self.content.pointee.values.present & (1 << UInt64(name.rawValue)) != 0
    }

    /// The value of the first field line of this name.
    public func first(_ name: FieldName) -> UnsafeRawBufferPointer? {
        guard self.contains(name) else { return nil }
        for index in 0..<self.fieldCount where self.line(at: index).name == name {
            return self.value(at: index)
        }
        return nil
    }

    /// The value of the first field line whose name is `bytes`, which must be in lower case.
    ///
    /// For names that only the configuration knows.
    public func first(named bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        for index in 0..<self.fieldCount {
            let name = self.nameBytes(at: index)
            if name.count == bytes.count, name.elementsEqual(bytes) {
                return self.value(at: index)
            }
        }
        return nil
    }

    /// How many field lines have this name.
    public func count(_ name: FieldName) -> Int {
        guard self.contains(name) else { return 0 }
        var count = 0
        for index in 0..<self.fieldCount where self.line(at: index).name == name { count &+= 1 }
        return count
    }

    /// Whether a comma-separated list of tokens has `token`, in whatever case.
    ///
    /// The lines of one name count as one list (RFC 9110, 5.3).
    ///
    /// - Parameters:
    ///   - token: what to look for, in lower case.
    ///   - name: whose lines to look in.
    /// - Returns: whether one of the elements is the token.
    public func contains(token: StaticString, in name: FieldName) -> Bool {
        guard self.contains(name) else { return false }
        for index in 0..<self.fieldCount where self.line(at: index).name == name {
            var elements = ListElements(self.value(at: index))
            while let element = elements.next() {
                if element.matchesIgnoringCase(token) { return true }
            }
        }
        return false
    }

    @inline(__always)
    private func line(at index: Int) -> HeadContent.FieldLine {
        precondition(index >= 0 && index < self.fieldCount)
        return self.content.pointee.lines[index]
    }
}
