internal import Bytes
public import Transcoding

/// The texts of two fields of a message: the id and the name of its event.
///
/// One for each event loop; the texts of one message are kept until those of the next.
public final class EventTexts {
    private var idText = OutputBuffer(capacity: 128, limit: EventTexts.longest)
    private var nameText = OutputBuffer(capacity: 128, limit: EventTexts.longest)

    /// A longer one is left out: a browser keeps the id, and sends it as a header field.
    private static let longest = 1024

    public init() {}

    /// Takes the id; false where there is none.
    public func id(
        _ path: FieldPath?,
        of message: UnsafeRawBufferPointer,
        _ type: Int32,
        _ printer: FieldTextPrinter
    ) -> Bool {
        self.idText.removeAll()
        guard let path else { return false }
        return printer.append(plain: path, of: message, type, to: &self.idText)
    }

    /// Takes the name; false where there is none.
    public func name(
        _ path: FieldPath?,
        of message: UnsafeRawBufferPointer,
        _ type: Int32,
        _ printer: FieldTextPrinter
    ) -> Bool {
        self.nameText.removeAll()
        guard let path else { return false }
        return printer.append(plain: path, of: message, type, to: &self.nameText)
    }

    /// Calls `body` with what was taken, empty where nothing was.
    public func withTexts(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
        self.idText.withUnsafeBytes { id in
            self.nameText.withUnsafeBytes { name in body(id, name) }
        }
    }
}
