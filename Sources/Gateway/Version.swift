/// The version of the gateway, for `--version` and the user agent of its calls.
package enum Version {
    package static let text = "0.1.0"
}
