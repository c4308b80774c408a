internal import Bytes
internal import Jansson

/// Walks a JSON value with the type tables and writes the protobuf message that it stands for.
///
/// It follows ProtoJSON (protobuf.dev/programming-guides/json, and the conformance suite) in its
/// strict reading. What the path and the query bind is woven in on the way (`+Bindings`), so that
/// each field is written once, in order of number, whatever it came from.
///
/// Recursion is bounded by the depth of the JSON value, which its reader has checked, or by that of
/// a query parameter's name, which `QueryName` checks.
struct RequestEncoder: ~Copyable {
    /// One present field of a message that is being written.
    struct Member: BitwiseCopyable {
        /// Index into the tables' fields.
        var field: Int32
        /// Its value in the body; nil if it is only bound.
        var node: JSONNode?
        /// The bindings of this field or within it: a range of `bindings`, mostly empty.
        var firstBinding: Int32 = 0
        var bindingCount: Int32 = 0
    }

    let tables: TypeTables
    /// Reads the body, or the parts of a form that are JSON.
    var reader: JSONReader
    /// Made for the first form in parts.
    var parts: MultipartParts?
    var view = TableView.empty
    var ignoresUnknown = false
    var writer = WireWriter()
    /// The members of all messages that are open, the innermost message's last.
    var members = ScratchList<Member>()
    /// What path, query and form bind, sorted by field; the steps of their paths.
    var bindings = ScratchList<Binding>()
    var steps = ScratchList<Int32>()
    var place = FieldPlace()
    /// Takes bytes as they are decoded from base64.
    var decoded = OutputBuffer(capacity: 256)
    /// The resource that a bound field mask is about: an index into the tables' fields.
    var maskResource: Int32 = -1

    init(tables: TypeTables, reader: consuming JSONReader) {
        self.tables = tables
        self.reader = reader
    }

    /// Begins a request.
    mutating func begin(view: TableView, ignoresUnknown: Bool, limit: Int) {
        self.view = view
        self.ignoresUnknown = ignoresUnknown
        self.writer.begin(limit: limit)
        self.members.removeAll()
        self.place.removeAll()
    }

    // MARK: - Messages

    /// Writes the fields of a message, of whatever JSON form its type has.
    mutating func content(_ type: Int32, _ node: JSONNode) throws(TranscodingError) {
        if self.view.messages[Int(type)].wellKnown == .none {
            try self.message(type, node)
        } else {
            try self.wellKnown(type, node)
        }
    }

    /// Writes the fields of an ordinary message.
    ///
    /// - Parameters:
    ///   - type: the message.
    ///   - node: its value.
    ///   - isAny: whether `@type` is there and to be passed over.
    /// - Throws: what is wrong with the value, with its path.
    mutating func message(
        _ type: Int32,
        _ node: JSONNode,
        isAny: Bool = false
    ) throws(TranscodingError) {
        guard node.kind == .object else {
            throw self.unexpected(node, "an object")
        }
        let start = self.members.count
        try self.gather(type, node, isAny: isAny)
        try self.arrange(type, from: start)
        self.place.enter()
        var index = start
        while index < self.members.count {
            let member = self.members[index]
            if let node = member.node { try self.field(Int(member.field), node) }
            index &+= 1
        }
        self.place.leave()
        self.members.truncate(to: start)
        if self.writer.isOverLimit { throw self.tooLarge }
    }

    /// Resolves the names of an object's members; what is null is kept only where null is a value.
    mutating func gather(
        _ type: Int32,
        _ node: JSONNode,
        isAny: Bool
    ) throws(TranscodingError) {
        let message = self.view.messages[Int(type)]
        let start = self.members.count
        var guess = Int(message.firstField)
        var last = -1
        var isOrdered = true
        var remaining = node.count
        var key = node
        if remaining > 0 { key = node.first }
        while remaining > 0 {
            let value = key.next
            let index = self.view.field(key.text, of: message, guess: guess)
            if index >= 0 {
                guess = index &+ 1
                if index <= last { isOrdered = false }
                last = index
                self.members.append(
                    Member(field: Int32(truncatingIfNeeded: index), node: value)
                )
            } else if !self.ignoresUnknown,
                !(isAny && key.text.elementsEqual(AnyText.typeKey.utf8))
            {
                throw self.unknownField(key.text, of: message)
            }
            remaining &-= 1
            if remaining > 0 { key = value.next }
        }
        guard !isOrdered else { return }
        try self.order(from: start)
    }

    /// Sorts the members by number and refuses a field that is there under both its names.
    private mutating func order(from start: Int) throws(TranscodingError) {
        // Insertion, for the few members that messages have: a field is there twice at most, so
        // that a message of n fields costs n squared steps at worst, whatever the body holds.
        var index = start &+ 1
        while index < self.members.count {
            let member = self.members[index]
            var place = index
            while place > start, self.members[place &- 1].field >= member.field {
                if self.members[place &- 1].field == member.field {
                    throw self.twice(member.field, "expected once, found under both of its names")
                }
                self.members[place] = self.members[place &- 1]
                place &-= 1
            }
            self.members[place] = member
            index &+= 1
        }
    }

    /// Drops members that are null, and checks oneofs and required fields.
    mutating func arrange(_ type: Int32, from start: Int) throws(TranscodingError) {
        let message = self.view.messages[Int(type)]
        var kept = start
        var required: Int32 = 0
        var oneofs: UInt64 = 0
        var index = start
        while index < self.members.count {
            let member = self.members[index]
            index &+= 1
            let flags = self.view.fields[Int(member.field)].flags
            if member.bindingCount == 0, let node = member.node, node.kind == .null,
                !self.takesNull(Int(member.field))
            {
                continue
            }
            let oneof = self.view.fields[Int(member.field)].oneof
            if oneof >= 0 {
                let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: oneof & 63)
                if oneofs & bit != 0 { try self.checkOneof(member.field, from: start, to: kept) }
                oneofs |= bit
            }
            if flags.contains(.required) { required &+= 1 }
            if kept != index &- 1 { self.members[kept] = member }
            kept &+= 1
        }
        self.members.truncate(to: kept)
        if required < message.requiredCount { throw self.missing(message, from: start) }
    }

    /// Whether a JSON null is a value of the field rather than its absence.
    func takesNull(_ index: Int) -> Bool {
        let field = self.view.fields[index]
        guard field.shape == .singular else { return false }
        return self.elementTakesNull(field)
    }

    /// Whether a JSON null is a value of the field's type.
    func elementTakesNull(_ field: FieldEntry) -> Bool {
        switch field.kind {
        case .message, .group: self.view.messages[Int(field.typeIndex)].wellKnown == .value
        case .enumeration: self.view.enums[Int(field.typeIndex)].isNullValue
        default: false
        }
    }

    // MARK: - Fields

    /// Writes one field of the innermost message.
    mutating func field(_ index: Int, _ node: JSONNode) throws(TranscodingError) {
        self.place.field(index)
        let field = self.view.fields[index]
        switch field.shape {
        case .singular:
            if field.kind == .message || field.kind == .group {
                try self.submessage(field, node)
            } else {
                _ = try self.scalar(
                    field,
                    node,
                    tag: field.number << 3 | field.kind.wireType,
                    omitsZero: !field.flags.contains(.presence)
                        && !field.flags.contains(.required)
                )
            }
        case .repeated: try self.list(field, node)
        case .map: try self.map(field, node)
        }
    }

    /// Writes a field that is a message, with its tag and length or between its group tags.
    mutating func submessage(_ field: FieldEntry, _ node: JSONNode) throws(TranscodingError) {
        if field.flags.contains(.delimited) || field.kind == .group {
            self.writer.tag(field.number << 3 | 3)
            try self.content(field.typeIndex, node)
            self.writer.tag(field.number << 3 | 4)
        } else {
            self.writer.tag(field.number << 3 | 2)
            let opening = self.writer.open()
            try self.content(field.typeIndex, node)
            self.writer.close(opening)
        }
    }
}
