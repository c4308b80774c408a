internal import Configuration
internal import Transcoding

extension JSONProfile {
    /// The profile that a configuration's `json` stands for.
    init(_ settings: JSONSettings) {
        self.init()
        self.names =
            switch settings.names {
            case .json: .json
            case .original: .original
            }
        self.defaults =
            switch settings.defaults {
            case .omit: .omit
            case .print: .print
            }
        self.enums =
            switch settings.enums {
            case .name: .name
            case .number: .number
            case .stripped: .stripped
            }
        self.int64 =
            switch settings.int64 {
            case .string: .string
            case .number: .number
            }
        self.pretty = settings.pretty
    }
}
