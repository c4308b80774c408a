/// A value of the configuration that a policy cannot be made of.
public struct PolicyError: Error, Sendable, Hashable {
    /// Which of the policy's lists the value stands in: the configuration's key, `origins`.
    public var key: String
    /// Its place in the list, from 0; nil where the list as a whole is meant.
    public var index: Int?
    /// What was expected and what was found.
    public var message: String

    public init(key: String, index: Int? = nil, message: String) {
        self.key = key
        self.index = index
        self.message = message
    }
}
