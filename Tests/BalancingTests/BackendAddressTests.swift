internal import Balancing
internal import Testing

@Suite struct BackendAddressTests {
    @Test(
        "every form of gRPC's naming is read",
        arguments: [
            ("users:50051", BackendAddress.name(host: "users", port: 50051)),
            ("dns:users.internal:1", .name(host: "users.internal", port: 1)),
            ("dns:///users.internal.:65535", .name(host: "users.internal.", port: 65535)),
            ("DNS:///a_b-c:80", .name(host: "a_b-c", port: 80)),
            ("127.0.0.1:80", .endpoints([.address(host: "127.0.0.1", port: 80)])),
            ("dns:///[::1]:80", .endpoints([.address(host: "::1", port: 80)])),
            ("[fe80::1:2]:80", .endpoints([.address(host: "fe80::1:2", port: 80)])),
            (
                "ipv4:10.0.0.1:1,10.0.0.2:2,10.0.0.1:1",
                .endpoints([
                    .address(host: "10.0.0.1", port: 1), .address(host: "10.0.0.2", port: 2),
                ])
            ),
            (
                "ipv6:[::1]:1,[2001:db8::ffff:1.2.3.4]:2",
                .endpoints([
                    .address(host: "::1", port: 1),
                    .address(host: "2001:db8::ffff:1.2.3.4", port: 2),
                ])
            ),
            ("unix:relative.sock", .endpoints([.unix(path: "relative.sock")])),
            ("unix:/run/a.sock", .endpoints([.unix(path: "/run/a.sock")])),
            ("unix:///run/a.sock", .endpoints([.unix(path: "/run/a.sock")])),
        ]
    )
    func reads(text: String, address: BackendAddress) throws {
        #expect(try BackendAddress(text) == address)
    }

    @Test(
        "what is not an address says what was expected",
        arguments: [
            ("", "expected an address such as dns:///host:port, found nothing"),
            ("users", "expected a port after the host, found 'users'"),
            ("users:", "expected a port from 1 to 65535, found ''"),
            ("users:0", "expected a port from 1 to 65535, found '0'"),
            ("users:65536", "expected a port from 1 to 65535, found '65536'"),
            ("users:+1", "expected a port from 1 to 65535, found '+1'"),
            (":80", "expected a host before ':', found ':80'"),
            ("::1:80", "expected '[address]:port' for IPv6, found '::1:80'"),
            ("[::1:80", "expected ']' after the address in '[::1:80'"),
            ("[::1]80", "expected a port after the host, found '[::1]80'"),
            ("[users]:80", "expected an IPv6 address in '[users]:80', found 'users'"),
            ("1.2.3.256:80", "expected a host name in '1.2.3.256:80', found '1.2.3.256'"),
            ("-a:80", "expected a host name in '-a:80', found '-a'"),
            ("a b:80", "expected a host name in 'a b:80', found 'a b'"),
            ("dns://users:80", "expected dns:///… with three slashes, found 'dns://users:80'"),
            (
                "dns://8.8.8.8/users:80",
                "expected no name server between the slashes, found '8.8.8.8'"
            ),
            ("ipv4:users:80", "expected a numeric address, found 'users'"),
            ("ipv4:1.2.3.4:80,", "expected a host before ':', found ''"),
            ("ipv6:1.2.3.4:80", "expected a numeric address, found '1.2.3.4'"),
            ("unix:", "expected the path of a socket after unix:, found nothing"),
            ("unix://run/a", "expected an absolute path after unix://, found 'run/a'"),
            (
                "unix:" + String(repeating: "x", count: 108),
                "expected a path of at most 107 bytes, found 108"
            ),
            (
                "http://users:80",
                "expected dns:, ipv4:, ipv6:, unix: or host:port, found the scheme 'http'"
            ),
            (
                "xds:///users",
                "expected dns:, ipv4:, ipv6:, unix: or host:port, found the scheme 'xds'"
            ),
        ]
    )
    func refuses(text: String, message: String) {
        #expect(throws: BackendAddressError(message)) { try BackendAddress(text) }
    }

    @Test(
        "IPv6 addresses are checked group by group",
        arguments: [
            ("::", true), ("::1", true), ("1::", true), ("1:2:3:4:5:6:7:8", true),
            ("1:2:3:4:5:6:7::", true), ("1:2:3:4:5:6:1.2.3.4", true), ("1:2:3:4:5:6:7", false),
            ("1:2:3:4:5:6:7:8:9", false), ("1::2::3", false), (":1:2:3:4:5:6:7", false),
            ("1:2:3:4:5:6:7:", false), (":::", false), ("12345::", false), ("g::", false),
            ("1.2.3.4::", false), ("::1.2.3", false), (":", false),
        ]
    )
    func groups(text: String, isAddress: Bool) {
        #expect(((try? BackendAddress("[\(text)]:1")) != nil) == isAddress)
    }
}
