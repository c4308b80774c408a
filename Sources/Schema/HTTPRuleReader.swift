/// Reads the `google.api.http` option of a method: extension 72295728 of `MethodOptions`, which
/// SwiftProtobuf keeps among the unknown bytes (google/api/annotations.proto and http.proto).
struct HTTPRuleReader {
    /// What is wrong with a rule.
    struct Fault: Error {
        let message: String
    }

    /// One `HttpRule` while it is read.
    private struct Rule {
        var pattern: (verb: String, path: String)?
        var body = ""
        var responseBody = ""
        var additional: [ArraySlice<UInt8>] = []
    }

    private static let option: UInt64 = 72_295_728

    /// - Parameter unknownOptions: the unknown bytes of the method's options.
    /// - Returns: the main rule, then its additional bindings; nothing without the option.
    /// - Throws: `Fault` when the option is no rule by which a method can be bound.
    static func rules(in unknownOptions: [UInt8]) throws(Fault) -> [HTTPRule] {
        let read: [Rule]
        do throws(WireReader.Malformed) {
            read = try self.read(unknownOptions)
        } catch {
            throw Fault(message: "option google.api.http is no serialized HttpRule")
        }
        var rules: [HTTPRule] = []
        for (index, rule) in read.enumerated() {
            guard let pattern = rule.pattern, !pattern.verb.isEmpty else {
                throw Fault(
                    message: "option google.api.http has no get, put, post, delete, patch or custom"
                )
            }
            guard index == 0 || rule.additional.isEmpty else {
                throw Fault(message: "additional_bindings are nested more than one level deep")
            }
            rules.append(
                HTTPRule(
                    verb: pattern.verb,
                    path: pattern.path,
                    body: rule.body.isEmpty ? nil : rule.body,
                    responseBody: rule.responseBody.isEmpty ? nil : rule.responseBody
                )
            )
        }
        return rules
    }

    private static func read(
        _ unknownOptions: [UInt8]
    ) throws(WireReader.Malformed) -> [Rule] {
        var main: Rule?
        var reader = WireReader(unknownOptions[...])
        while let (number, value) = try reader.next() {
            guard number == self.option, case .bytes(let bytes) = value else { continue }
            // A message given in pieces is the pieces merged.
            var rule = main ?? Rule()
            try self.read(bytes, into: &rule)
            main = rule
        }
        guard let main else { return [] }
        var rules = [main]
        for bytes in main.additional {
            var rule = Rule()
            try self.read(bytes, into: &rule)
            rules.append(rule)
        }
        return rules
    }

    private static func read(
        _ bytes: ArraySlice<UInt8>,
        into rule: inout Rule
    ) throws(WireReader.Malformed) {
        var reader = WireReader(bytes)
        while let (number, value) = try reader.next() {
            guard case .bytes(let bytes) = value else { continue }
            switch number {
            case 2: rule.pattern = ("GET", try self.text(bytes))
            case 3: rule.pattern = ("PUT", try self.text(bytes))
            case 4: rule.pattern = ("POST", try self.text(bytes))
            case 5: rule.pattern = ("DELETE", try self.text(bytes))
            case 6: rule.pattern = ("PATCH", try self.text(bytes))
            case 7: rule.body = try self.text(bytes)
            case 8: rule.pattern = try self.custom(bytes)
            case 11: rule.additional.append(bytes)
            case 12: rule.responseBody = try self.text(bytes)
            default: break
            }
        }
    }

    private static func custom(
        _ bytes: ArraySlice<UInt8>
    ) throws(WireReader.Malformed) -> (verb: String, path: String) {
        var pattern = (verb: "", path: "")
        var reader = WireReader(bytes)
        while let (number, value) = try reader.next() {
            guard case .bytes(let bytes) = value else { continue }
            switch number {
            case 1: pattern.verb = try self.text(bytes)
            case 2: pattern.path = try self.text(bytes)
            default: break
            }
        }
        return pattern
    }

    private static func text(_ bytes: ArraySlice<UInt8>) throws(WireReader.Malformed) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw WireReader.Malformed()
        }
        return text
    }
}
