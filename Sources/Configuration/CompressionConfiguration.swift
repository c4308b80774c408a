/// Which answers are compressed, under `compression`.
package struct CompressionConfiguration: KeyedValue, Hashable {
    /// Media types and ranges; nil leaves them to the policy.
    package var types: [Placed<String>]?
    /// The fewest bytes of an answer that are worth it.
    package var minimum = 1024
    package var places = Places()

    package init() {}

    package static let tableName = "compression"
    package static let keys: [Key<Self>] = [
        .optional(
            "types",
            \.types,
            .list("a list of media types", of: .placed(.text("a media type such as text/*"))),
            otherwise: "JSON, XML, JavaScript, SVG and text",
            "what is worth compressing: application/json, text/*, application/*+json"
        ),
        .key("min", \.minimum, .size(0...(2 << 30)), "the smallest answer that is compressed"),
    ]
}
