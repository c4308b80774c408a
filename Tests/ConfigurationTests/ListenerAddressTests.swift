internal import Foundation
internal import Testing

@testable internal import Configuration

@Suite("Addresses to listen on")
struct ListenerAddressTests {
    @Test(
        "each form is read and written",
        arguments: [
            ("127.0.0.1:8080", ListenerAddress.host("127.0.0.1", port: 8080)),
            ("[::1]:0", .host("::1", port: 0)),
            ("unix:///run/transom.sock", .unix(path: "/run/transom.sock")),
            ("fd:web", .inherited(name: "web")),
            ("fd:3", .inherited(name: "3")),
        ]
    )
    func forms(text: String, address: ListenerAddress) {
        #expect(ListenerAddress(text) == address)
        #expect(address.description == text)
    }

    @Test("a path has at most 107 bytes, a name 255")
    func limits() {
        let path = "/" + String(repeating: "p", count: 106)
        #expect(ListenerAddress("unix://\(path)") == .unix(path: path))
        #expect(ListenerAddress("unix://\(path)p") == nil)
        let name = String(repeating: "n", count: 255)
        #expect(ListenerAddress("fd:\(name)") == .inherited(name: name))
        #expect(ListenerAddress("fd:\(name)n") == nil)
    }

    @Test(
        "what is none has a hint",
        arguments: [
            ("8080", "write 0.0.0.0:8080"),
            (":80", "write 0.0.0.0:80 or [::]:80"),
            ("::1:80", "write an IPv6 address in brackets: [::1]:8080"),
            ("unix:/run/a", "write an absolute path: unix:///run/transom.sock"),
            ("unix://run/a", "write an absolute path: unix:///run/transom.sock"),
            ("unix:///a\u{0}b", "a path has at most 107 bytes, all of them printable"),
            ("fd:", "a name has 1 to 255 visible characters without ':'"),
            ("fd:a:b", "a name has 1 to 255 visible characters without ':'"),
            ("fd:a b", "a name has 1 to 255 visible characters without ':'"),
        ]
    )
    func hints(text: String, hint: String) {
        #expect(ListenerAddress(text) == nil)
        #expect(ListenerAddress.hint(text) == hint)
    }

    @Test("a listener's keys are read, and only a port can be shared")
    func keys() throws {
        let text = smallest.replacing(
            "[{ address: 127.0.0.1:8080 }]",
            with: """
                [{ address: "[::1]:8081", proxy_protocol: true, share: true },
                  { address: unix:///run/transom.sock }, { address: fd:web, share: true }]
                """
        )
        let value = try #require(configuration(text).configuration)
        #expect(
            value.listen.map(\.address) == [
                .host("::1", port: 8081), .unix(path: "/run/transom.sock"),
                .inherited(name: "web"),
            ]
        )
        #expect(value.listen.map(\.expectsProxyHeader) == [true, false, false])
        #expect(value.listen.map(\.sharesPort) == [true, false, true])
        #expect(
            ConfigurationCheck.errors(of: value, routes: []).map(\.description) == [
                "transom.yaml:2:68: listen[2].share: expected a host:port address where share is "
                    + "true, found 'fd:web' (only ports can be shared)"
            ]
        )
    }

    @Test("an address is given once, unless any port will do")
    func twice() throws {
        let text = smallest.replacing(
            "[{ address: 127.0.0.1:8080 }]",
            with: """
                [{ address: fd:web }, { address: fd:web }, { address: "127.0.0.1:0" },
                  { address: "127.0.0.1:0" }, { address: unix:///a }, { address: unix:///a }]
                """
        )
        let value = try #require(configuration(text).configuration)
        #expect(
            ConfigurationCheck.errors(of: value, routes: []).map(\.description).map {
                $0.components(separatedBy: ": ").dropFirst(2).joined(separator: ": ")
            } == [
                "expected each address once, found 'fd:web' a second time (first in line 1)",
                "expected each address once, found 'unix:///a' a second time (first in line 2)",
            ]
        )
    }
}
