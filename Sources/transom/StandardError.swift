internal import Glibc

/// Where everything goes that is not the output of a command: messages, errors, warnings.
enum StandardError {
    /// Writes one line.
    static func print(_ line: String) {
        var text = line + "\n"
        text.withUTF8 { bytes in
            _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}
