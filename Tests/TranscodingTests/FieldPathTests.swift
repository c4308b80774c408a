internal import Testing
internal import Transcoding

@Suite("Field paths")
struct FieldPathTests {
    static let resolved: [(String, FieldPath.Use, String)] = [
        ("user_id", .capture, "user_id"), ("userId", .capture, "user_id"),
        ("price.currencyCode", .capture, "price.currency_code"),
        ("again.again.at", .capture, "again.again.at"), ("maybe", .capture, "maybe"),
        ("mask", .capture, "mask"), ("at.seconds", .capture, "at.seconds"),
        ("items", .body, "items"), ("labels", .body, "labels"), ("price", .body, "price"),
    ]

    @Test("paths are read by either name", arguments: resolved)
    func resolves(_ path: String, _ use: FieldPath.Use, _ name: String) throws {
        let found = try FieldPath.resolve(
            path,
            in: RequestSchema.all,
            tables: RequestSchema.tables,
            use: use
        )
        #expect(found.name == name)
        #expect(found.steps.count == name.split(separator: ".").count)
    }

    static let refused: [(String, FieldPath.Use, String)] = [
        ("", .capture, "no field ''"), ("usr_id", .capture, "did you mean 'user_id'?"),
        ("price.unit", .capture, "did you mean 'units'?"), ("items", .capture, "is repeated"),
        ("labels", .capture, "is a map"), ("price", .capture, "is a message"),
        ("items.name", .body, "is repeated"), ("labels.a", .body, "is a map"),
        ("count.a", .body, "is no message"), ("price.", .body, "no field ''"),
        ("anything", .capture, "is a message"), ("detail", .capture, "is a message"),
    ]

    @Test("paths that name no usable field are refused", arguments: refused)
    func refuses(_ path: String, _ use: FieldPath.Use, _ text: String) {
        do throws(FieldPathError) {
            _ = try FieldPath.resolve(
                path,
                in: RequestSchema.all,
                tables: RequestSchema.tables,
                use: use
            )
            Issue.record("\(path) was resolved")
        } catch {
            #expect(error.description.contains(text), "\(error)")
        }
    }
}
