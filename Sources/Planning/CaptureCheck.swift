internal import Transcoding

/// Finds variables of one template that can never be bound together.
enum CaptureCheck {
    /// What is wrong with the variables of a template; nil when nothing is.
    ///
    /// The template grammar refuses a name that comes twice; here are the names that only the
    /// schema shows to be one: a field's two names, a message and a field of it, two members of a
    /// oneof.
    ///
    /// - Parameters:
    ///   - captures: the variables in order, as written, and their fields.
    ///   - tables: the types they belong to.
    /// - Returns: the first fault: what was expected and what was found.
    static func fault(
        _ captures: [(name: String, field: FieldPath)],
        _ tables: TypeTables
    ) -> String? {
        for (index, (laterName, later)) in captures.enumerated() {
            for (earlierName, earlier) in captures[..<index] {
                let shorter = min(earlier.steps.count, later.steps.count)
                let common = zip(earlier.steps, later.steps).prefix { $0 == $1 }.count
                if common == shorter {
                    return "expected each field in one variable, found '\(earlierName)' and "
                        + "'\(laterName)'"
                }
                let fields = (earlier.steps[common], later.steps[common])
                let oneofs = (
                    tables.fields[Int(fields.0)].oneof, tables.fields[Int(fields.1)].oneof
                )
                if oneofs.0 >= 0, oneofs.0 == oneofs.1 {
                    return "expected at most one member of a oneof, found '\(earlierName)' and "
                        + "'\(laterName)'"
                }
            }
        }
        return nil
    }
}
