package import Configuration
package import Exchanges

/// What the planner makes of a configuration, its route files and its schema.
package struct Plan: Sendable {
    /// The compiled routes, for one event loop; nil when there are errors.
    package var set: PlanSet?
    /// What keeps the gateway from serving, in reading order.
    package var errors: [ConfigError]
    /// What is worth a look and keeps nothing from working.
    package var warnings: [ConfigError]
}
