/// What the bytes of a message may be: the character classes of RFC 9110 and RFC 3986.
///
/// The tables are `StaticString`s because these lie in the program's constant data: a lookup is one
/// load, without the once-check and the bounds-check of a global array. Bytes from 0x80 up belong
/// to no class here and are kept from the tables by the mask.
enum ByteClass {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")

    /// For each ASCII byte the lower-cased byte if it is a `tchar`, else zero (RFC 9110, 5.6.2).
    private static var loweredTokens: StaticString {
        """
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
        \0!\0#$%&'\0\0*+\0-.\00123456789\0\0\0\0\0\0\
        \0abcdefghijklmnopqrstuvwxyz\0\0\0^_\
        `abcdefghijklmnopqrstuvwxyz\0|\0~\0
        """
    }

    /// For each ASCII byte the letter whose low bits are its classes: 1 target, 2 name, 4 hex
    /// digit.
    private static var classes: StaticString {
        """
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\
        @CA@CACCCCCCCCCAGGGGGGGGGGACACAA\
        AGGGGGGCCCCCCCCCCCCCCCCCCCCAAAAC\
        AGGGGGGCCCCCCCCCCCCCCCCCCCCAAAC@
        """
    }

    /// The lower-cased byte if `byte` may stand in a token, else zero.
    @inline(__always)
    static func loweredToken(_ byte: UInt8) -> UInt8 {
        guard byte < 0x80 else { return 0 }
        return self.loweredTokens.utf8Start[Int(byte)]
    }

    /// Whether `byte` may stand in a token (RFC 9110, 5.6.2).
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        self.loweredToken(byte) != 0
    }

    /// Whether `byte` may stand in a request target: visible ASCII but `#`.
    ///
    /// Wider than RFC 3986, because browsers send `[`, `]`, `|` and the like unescaped.
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool {
        byte < 0x80 && self.classes.utf8Start[Int(byte)] & 1 != 0
    }

    /// Whether `byte` is `unreserved` or a `sub-delim`: a byte of a reg-name (RFC 3986, 3.2.2).
    @inline(__always)
    static func isRegisteredName(_ byte: UInt8) -> Bool {
        byte < 0x80 && self.classes.utf8Start[Int(byte)] & 2 != 0
    }

    /// Whether `byte` is a hexadecimal digit of either case.
    @inline(__always)
    static func isHexDigit(_ byte: UInt8) -> Bool {
        byte < 0x80 && self.classes.utf8Start[Int(byte)] & 4 != 0
    }

    /// The value of a hexadecimal digit, nil for any other byte.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        guard self.isHexDigit(byte) else { return nil }
        return byte <= UInt8(ascii: "9") ? byte & 0x0F : (byte & 0x0F) &+ 9
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }

    /// Whether `byte` is optional white space: SP or HTAB (RFC 9110, 5.6.3).
    @inline(__always)
    static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == self.space || byte == self.tab
    }

    /// Whether `byte` may stand in a field value: HTAB, SP, visible ASCII, or 0x80 to 0xFF
    /// (RFC 9110, 5.5).
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool {
        byte >= self.space ? byte != 0x7F : byte == self.tab
    }
}
