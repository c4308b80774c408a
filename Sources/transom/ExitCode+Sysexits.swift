internal import ArgumentParser

extension ExitCode {
    /// `EX_CONFIG` of sysexits.h: the configuration is wrong.
    static let configuration = ExitCode(78)
}
