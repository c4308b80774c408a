"""The PROXY protocol in front of a listener: whose connection it is, or no connection at all."""
import ipaddress
import json
import ssl
import struct
import time

import pytest

from backends import wait_until
from certificates import Authority
from listening import Activated, UnixWire, listening
from secure_wire import client_hello, context
from wire import Wire, ask, request

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
GET = request("GET", "/v1/users/1")


def text(source, destination="127.0.0.1", family="TCP4"):
    return f"PROXY {family} {source} {destination} 56324 443\r\n".encode()


def binary_header(source=None, tlvs=b"", command=1, family=None):
    """Version 2; no source is AF_UNSPEC."""
    addresses, kind = b"", 0
    if source is not None:
        address = ipaddress.ip_address(source)
        kind = 0x11 if address.version == 4 else 0x21
        addresses = address.packed + address.packed + struct.pack("!HH", 56324, 443)
    kind = kind if family is None else family
    return (SIGNATURE + bytes([0x20 | command, kind]) +
            struct.pack("!H", len(addresses + tlvs)) + addresses + tlvs)


def tlv(kind, value):
    return struct.pack("!BH", kind, len(value)) + value


HEADERS = {
    "v1": (text("203.0.113.9"), "203.0.113.9"),
    "v1 over IPv6": (text("2001:db8::1", "::1", "TCP6"), "2001:db8::1"),
    "v1 unknown": (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    "v1 unknown with more": (b"PROXY UNKNOWN 1.2.3.4 5.6.7.8 1 2\r\n", "127.0.0.1"),
    "v2": (binary_header("203.0.113.9"), "203.0.113.9"),
    "v2 over IPv6": (binary_header("2001:db8::1"), "2001:db8::1"),
    "v2 with TLVs": (binary_header("203.0.113.9", tlv(2, b"api.test") + tlv(4, bytes(512))),
                     "203.0.113.9"),
    "v2 local": (binary_header(command=0), "127.0.0.1"),
    "v2 local with addresses": (binary_header("203.0.113.9", command=0), "127.0.0.1"),
    "v2 unspecified": (binary_header(), "127.0.0.1"),
}


@pytest.fixture(scope="module")
def listener(gateways, backend):
    return gateways.start(backend.address, timeouts={"head": "1s"},
                          listen=[{"address": "127.0.0.1:0", "proxy_protocol": True}])


@pytest.fixture(scope="module")
def trusting(gateways, backend):
    return gateways.start(backend.address, trusted_proxies=["203.0.113.0/24"],
                          listen=[{"address": "127.0.0.1:0", "proxy_protocol": True}])


def closed(gateway, reason="proxy_header"):
    """How many connections were closed for their header, or another reason."""
    body = ask(gateway.admin_port, "GET", "/metrics").body.decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in body.splitlines()
               if f'"{reason}"' in line)


def check(gateway, backend, answer, client):
    assert answer.status == 200, answer
    assert backend.calls[-1].metadata["x-forwarded-for"] == [client]
    identifier = answer.field("x-request-id")
    line = json.loads(gateway.wait_for(f'.*"request_id":"{identifier}".*', gateway.out).group(0))
    assert line["client"] == client


def test_it_says_what_it_expects(listener):
    listener.wait_for(r"listening on http://127.0.0.1:\d+ \(PROXY protocol\)")


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_names_the_client_of_every_request(listener, backend, name):
    header, client = HEADERS[name]
    with Wire(listener.port) as wire:
        wire.send(header)
        for _ in range(3):
            check(listener, backend, wire.send(GET).answer(), client)


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_and_requests_in_one_piece(listener, backend, name):
    header, client = HEADERS[name]
    with Wire(listener.port) as wire:
        wire.send(header + GET + GET)
        assert wire.answer().status == 200
        check(listener, backend, wire.answer(), client)


@pytest.mark.parametrize("name", ["v1", "v2", "v1 unknown", "v2 local", "v2 over IPv6"])
def test_a_header_byte_by_byte(listener, backend, name):
    header, client = HEADERS[name]
    with Wire(listener.port) as wire:
        for byte in header + GET:
            wire.send(bytes([byte]))
            time.sleep(0.001)
        check(listener, backend, wire.answer(), client)


@pytest.mark.parametrize("bytes_sent", [
    pytest.param(GET, id="a request"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
    pytest.param(b"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n" + GET, id="a port is missing"),
    pytest.param(b"PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n" + GET, id="no port"),
    pytest.param(b"PROXY TCP4 ::1 ::1 1 2\r\n" + GET, id="another family"),
    pytest.param(b"PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n" + GET, id="an octal number"),
    pytest.param(b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n" + GET, id="a bare LF"),
    pytest.param(b"proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + GET, id="small letters"),
    pytest.param(b"PROXY UNKNOWN " + b"x" * 200, id="a line that is too long"),
    pytest.param(binary_header("203.0.113.9", bytes(5000)) + GET, id="more than 4 KiB"),
    pytest.param(binary_header("203.0.113.9", family=0x12) + GET, id="datagrams"),
    pytest.param(binary_header("203.0.113.9", command=2) + GET, id="an unknown command"),
    pytest.param(binary_header(family=0x11) + GET, id="no addresses"),
    pytest.param(SIGNATURE + b"\x31\x11\x00\x0c" + bytes(12) + GET, id="version 3"),
])
def test_anything_else_is_closed_without_an_answer_and_counted(listener, backend, bytes_sent):
    calls, count = len(backend.calls), closed(listener)
    with Wire(listener.port) as wire:
        wire.send(bytes_sent)
        assert wire.is_closed_within(5)
    assert wait_until(lambda: closed(listener) == count + 1)
    assert len(backend.calls) == calls


@pytest.mark.parametrize("beginning", [b"", b"PROXY TCP4 1.2.3.4", SIGNATURE + b"\x21"])
def test_a_header_has_the_time_of_a_head(listener, beginning):
    with Wire(listener.port) as wire:
        wire.send(beginning)
        start = time.monotonic()
        assert wire.is_closed_within(5)
        assert 0.5 < time.monotonic() - start < 4


def test_a_second_header_is_a_bad_request(listener):
    with Wire(listener.port) as wire:
        wire.send(text("203.0.113.9") + text("203.0.113.10"))
        assert wire.answer().status == 400


def test_trusted_proxies_decides_on_the_address_of_the_header(trusting, backend):
    fields = {"x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https"}
    sent = request("GET", "/v1/users/1", fields=fields)
    with Wire(trusting.port) as wire:
        answer = wire.send(text("203.0.113.9") + sent).answer()
        assert answer.status == 200
        assert backend.calls[-1].metadata["x-forwarded-for"] == ["198.51.100.7, 203.0.113.9"]
        assert backend.calls[-1].metadata["x-forwarded-proto"] == ["https"]
    with Wire(trusting.port) as wire:
        assert wire.send(text("192.0.2.1") + sent).answer().status == 200
        assert backend.calls[-1].metadata["x-forwarded-for"] == ["192.0.2.1"]
        assert backend.calls[-1].metadata["x-forwarded-proto"] == ["http"]


def test_a_header_may_say_that_the_proxy_was_called_on_a_unix_socket(gateways, backend):
    believing = gateways.start(backend.address, trusted_proxies=["unix"],
                               listen=[{"address": "127.0.0.1:0", "proxy_protocol": True}])
    sent = request("GET", "/v1/users/1", fields={"x-forwarded-for": "198.51.100.7"})
    for header, forwarded in ((SIGNATURE + b"\x21\x31\x00\xd8" + b"a" * 216, "198.51.100.7, unix"),
                              (binary_header(command=0), "127.0.0.1")):
        with Wire(believing.port) as wire:
            assert wire.send(header + sent).answer().status == 200
        assert backend.calls[-1].metadata["x-forwarded-for"] == [forwarded]


def test_other_listeners_expect_none(gateways, backend, tmp_path_factory):
    path = tmp_path_factory.mktemp("s") / "p.sock"
    config = gateways.config(backend.address, loops=2, listen=[
        {"address": "127.0.0.1:0"}, {"address": f"unix://{path}", "proxy_protocol": True},
        {"address": "fd:web", "proxy_protocol": True}])
    with listening() as held, Activated(config, [("web", held)]).started() as gateway:
        port = int(gateway.places[0].rsplit(":", 1)[1])
        assert ask(port, "GET", "/v1/users/1").status == 200
        with Wire(port) as wire:
            assert wire.send(text("203.0.113.9")).answer().status == 400
        for _ in range(4):
            for wire in (UnixWire(path), Wire(held.getsockname()[1])):
                with wire:
                    answer = wire.send(text("203.0.113.9") + GET).answer()
                    check(gateway, backend, answer, "203.0.113.9")


# In front of TLS.


@pytest.fixture(scope="module")
def secure(gateways, backend, tmp_path_factory):
    local = Authority(tmp_path_factory.mktemp("authority")).issue("local")
    return gateways.start(
        backend.address, loops=2, timeouts={"head": "1s"},
        listen=[{"address": "127.0.0.1:0", "proxy_protocol": True, "tls": local.keys}])


@pytest.mark.parametrize("is_glued", [False, True])
@pytest.mark.parametrize("name", ["v1", "v2", "v2 with TLVs", "v2 local"])
def test_a_header_stands_in_front_of_tls(secure, backend, name, is_glued):
    header, client = HEADERS[name]
    with Wire(secure.port) as wire:
        plain = wire.socket
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        if not is_glued:
            plain.sendall(header)
        first = header if is_glued else b""
        received = b""
        sent = False
        while b"\r\n\r\n" not in received:
            try:
                if not sent:
                    session.do_handshake()
                    session.write(GET)
                    sent = True
                received += session.read(65536)
            except ssl.SSLWantReadError:
                pass
            flight = outgoing.read()
            if flight:
                plain.sendall(first + flight)
                first = b""
            elif b"\r\n\r\n" not in received:
                incoming.write(plain.recv(65536))
        assert received.startswith(b"HTTP/1.1 200 ")
        assert backend.calls[-1].metadata["x-forwarded-for"] == [client]
        assert backend.calls[-1].metadata["x-forwarded-proto"] == ["https"]


def test_tls_without_a_header_is_closed(secure):
    secure.wait_for(r"listening on https://127.0.0.1:\d+ \(PROXY protocol\)")
    count, hang_ups = closed(secure), closed(secure, "tls_hang_up")
    with Wire(secure.port) as wire:
        wire.send(client_hello(secure.port)[2].read())
        assert wire.is_closed_within(5)
    assert wait_until(lambda: closed(secure) == count + 1)
    assert closed(secure, "tls_hang_up") == hang_ups, "it counts once"


@pytest.mark.parametrize("beginning", [b"", text("203.0.113.9")])
def test_a_handshake_behind_a_header_has_its_time_too(secure, beginning):
    with Wire(secure.port) as wire:
        wire.send(beginning)
        assert wire.is_closed_within(6)
