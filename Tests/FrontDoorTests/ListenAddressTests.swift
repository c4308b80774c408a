internal import Testing

@testable internal import FrontDoor

@Suite("Listen addresses")
struct ListenAddressTests {
    @Test(
        "the four forms are read and written",
        arguments: [
            ("127.0.0.1:8080", ListenAddress.host("127.0.0.1", port: 8080)),
            ("localhost:0", .host("localhost", port: 0)),
            ("[::1]:65535", .host("::1", port: 65535)),
            ("unix:///run/t.sock", .unix(path: "/run/t.sock")),
            ("fd:web", .inherited(name: "web")),
            ("fd:3", .inherited(name: "3")),
        ]
    )
    func forms(text: String, address: ListenAddress) {
        #expect(ListenAddress(text) == address)
        #expect(address.description == text)
    }

    @Test(
        "nothing else is an address",
        arguments: [
            "", ":", "8080", ":8080", "h:", "h:65536", "h:-1", "h:+1", "h:1x", "::1:80", "[]:80",
            "unix://run/t.sock", "fd:", "unix:///" + String(repeating: "x", count: 107),
        ]
    )
    func others(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
