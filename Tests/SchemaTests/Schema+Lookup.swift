internal import Schema
internal import Testing
internal import Transcoding

/// Look-ups by name that a test can chain.
extension Schema {
    func message(_ name: String) throws -> MessageEntry {
        self.tables.messages[Int(try #require(self.tables.message(named: name)))]
    }

    func field(_ name: String, of message: String) throws -> FieldEntry {
        let entry = try self.message(message)
        let index = Array(name.utf8).withUnsafeBytes {
            self.tables.field(named: $0, of: entry)
        }
        return self.tables.fields[try #require(index, "\(message).\(name)")]
    }

    func fields(of message: String) throws -> [FieldEntry] {
        let entry = try self.message(message)
        let first = Int(entry.firstField)
        return Array(self.tables.fields[first..<first + Int(entry.fieldCount)])
    }

    func enumeration(_ name: String) throws -> EnumEntry {
        self.tables.enums[Int(try #require(self.tables.enumeration(named: name)))]
    }

    func jsonName(_ field: FieldEntry) -> String { self.tables.string(field.jsonName) }

    func defaultBytes(_ field: FieldEntry) -> String { self.tables.string(field.defaultBytes) }
}
