/// What a schema may cost at most; beyond it linking fails with a `SchemaError`.
///
/// The defaults are far above any real set and keep every index of the tables within 32 bits.
package struct SchemaLimits: Sendable {
    /// Bytes of all descriptor sets together.
    package var bytes = 128 << 20
    /// Names declared: packages, messages, fields, oneofs, enums, values, services, methods.
    package var symbols = 1_000_000
    /// Bytes of all full names together.
    package var nameBytes = 128 << 20
    /// Bytes of one full name.
    package var nameLength = 1024
    /// Messages inside messages; the limit of protoc's own linker (descriptor.cc).
    package var nesting = 32

    package init() {}
}
