internal import SwiftProtobuf

/// The features that decide how a type is read and written, resolved for one place of a file.
///
/// Defaults by edition and inheritance are those of descriptor.proto's `FeatureSet` and of
/// https://protobuf.dev/editions/features. Editions 2023 and 2024 differ only in features that
/// concern the compiler (naming style, visibility).
struct Features: Sendable {
    var presence: Google_Protobuf_FeatureSet.FieldPresence
    var enumType: Google_Protobuf_FeatureSet.EnumType
    var repeatedEncoding: Google_Protobuf_FeatureSet.RepeatedFieldEncoding
    var utf8Validation: Google_Protobuf_FeatureSet.Utf8Validation
    var messageEncoding: Google_Protobuf_FeatureSet.MessageEncoding
    var jsonFormat: Google_Protobuf_FeatureSet.JsonFormat

    /// The features of a file that sets none.
    init(defaultsOf edition: Edition) {
        self.presence = edition == .proto3 ? .implicit : .explicit
        self.enumType = edition == .proto2 ? .closed : .open
        self.repeatedEncoding = edition == .proto2 ? .expanded : .packed
        self.utf8Validation = edition == .proto2 ? .none : .verify
        self.messageEncoding = .lengthPrefixed
        self.jsonFormat = edition == .proto2 ? .legacyBestEffort : .allow
    }

    /// The features of something inside, which sets some of its own.
    func overridden(by set: Google_Protobuf_FeatureSet) -> Features {
        var result = self
        if set.fieldPresence != .unknown { result.presence = set.fieldPresence }
        if set.enumType != .unknown { result.enumType = set.enumType }
        if set.repeatedFieldEncoding != .unknown {
            result.repeatedEncoding = set.repeatedFieldEncoding
        }
        if set.utf8Validation != .unknown { result.utf8Validation = set.utf8Validation }
        if set.messageEncoding != .unknown { result.messageEncoding = set.messageEncoding }
        if set.jsonFormat != .unknown { result.jsonFormat = set.jsonFormat }
        return result
    }
}
