internal import Configuration
internal import Testing

@Suite("no text is a trap")
struct MutationTests {
    /// A generator of its own, so that a seed gives the same texts everywhere (SplitMix64).
    private struct Dice {
        var state: UInt64

        mutating func next(below bound: Int) -> Int {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var value = self.state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((value ^ (value >> 31)) % UInt64(bound))
        }
    }

    private static let seedText = """
        listen: [{ address: "[::1]:8080" }]
        admin: off
        schema: { protos: [protos], auto: [a.*], services: all }
        routes: &r
          - routes
        backends:
          users: { address: "dns:///users:1", backoff: { initial: 5ms }, services: *r }
        methods: { a.B/C: { deadline: 5s, json: { pretty: true } } }
        limits: { body: 4MiB, depth: ${D:-3} }
        routes2: |
          text
        type: google.api.Service
        http: { rules: [{ selector: a.B.C, get: /a, additional_bindings: [{ put: /b }] }] }

        """

    private static let routeText = """
        routes:
          - route: GET /v1/{a=b/*}
            rpc: a.B/C
            success: { status: 201, headers: { location: "/{id}" } }
            additional: [GET /x, { route: "* /y", body: "*" }]

        """

    private static let pieces: [[UInt8]] =
        [
            "&a ", "*a", "${", "}", "$$", "[", "]", "{", "}", ": ", "? ", "- ", "\"", "'", "|\n",
            ">\n",
            "#", "!!str ", "---\n", "...\n", "\n", "\t", "\r\n", "\\x", "%YAML 1.1\n", "~",
            "<<: *a",
            "\u{FEFF}", "\u{2028}", "9999999999999999999", "-1", "😀",
        ].map { Array($0.utf8) } + [[0], [0xFF], [0xC3], [0xED, 0xA0, 0x80]]

    private static func mutate(_ text: String, _ dice: inout Dice) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0...dice.next(below: 6) {
            let position = dice.next(below: bytes.count + 1)
            switch dice.next(below: 5) {
            case 0:
                bytes.insert(
                    contentsOf: Self.pieces[dice.next(below: Self.pieces.count)],
                    at: position
                )
            case 1:
                bytes.removeSubrange(position..<min(bytes.count, position + dice.next(below: 20)))
            case 2 where position < bytes.count: bytes[position] = UInt8(dice.next(below: 256))
            case 3:
                let slice = bytes[position..<min(bytes.count, position + dice.next(below: 60))]
                bytes.insert(contentsOf: slice, at: dice.next(below: bytes.count + 1))
            default: bytes.removeSubrange(min(bytes.count, position + 30)...)
            }
        }
        return bytes
    }

    @Test("mutated texts end in values or errors with a line", arguments: [1, 2, 3, 4] as [UInt64])
    func mutations(seed: UInt64) {
        var dice = Dice(state: seed)
        for _ in 0..<700 {
            let text = dice.next(below: 2) == 0 ? Self.seedText : Self.routeText
            let source = SourceFile(name: "f", folder: "/", bytes: Self.mutate(text, &dice))
            let (value, errors) = ConfigurationFile.read(source, environment: [:])
            if let value { _ = ConfigurationCheck.errors(of: value, routes: []) }
            #expect(value != nil || !errors.isEmpty)
            let (_, routeErrors) = RouteFile.read(source, environment: [:])
            for error in errors + routeErrors {
                #expect(!error.message.isEmpty)
                #expect(error.place.file == "f")
            }
        }
    }
}
