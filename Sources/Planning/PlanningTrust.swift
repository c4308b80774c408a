/// What of a configuration was read without errors, so that it may be complained about.
///
/// A file with errors is planned all the same, to show every error at once; what it may lack only
/// because it could not be read is not held against it. Such a plan is never served.
package struct PlanningTrust: Sendable {
    /// `backends` and `defaults` are as they were written.
    package var backends = true
    /// Every route of every file is there.
    package var routes = true

    package init(backends: Bool = true, routes: Bool = true) {
        self.backends = backends
        self.routes = routes
    }
}
