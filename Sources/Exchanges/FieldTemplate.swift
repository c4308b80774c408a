public import Transcoding

/// A header field whose value has fields of the answer in it: `location: /v1/users/{id}`.
public struct FieldTemplate: Sendable {
    /// A piece of the value.
    public enum Part: Sendable {
        case text([UInt8])
        case field(FieldPath)
    }

    /// The header field's name, lower-case; its bytes, because a request writes them.
    public let name: [UInt8]
    public let parts: [Part]

    /// Makes a template.
    ///
    /// - Parameters:
    ///   - name: a header field's name, in lower case.
    ///   - parts: the pieces of its value in order.
    public init(name: String, parts: [Part]) {
        self.name = Array(name.utf8)
        self.parts = parts
    }

    /// Whether the field is called `name`, which is in lower case.
    func isNamed(_ name: UnsafeRawBufferPointer) -> Bool {
        self.name.count == name.count && self.name.elementsEqual(name)
    }
}
