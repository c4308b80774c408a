"""TLS to backends: who is trusted, what is shown, and how the operator hears what is wrong."""
import contextlib
import json
import random
import re
import socket
import ssl
import threading
import time

import pytest

from backends import RawBackend, wait_until
from certificates import PAST, Authority
from gateways import write
from health import NOT_SERVING
from load import Load
from processes import Program, binary, free_port, run
from secure_backends import (SecureBackend, SecureHealthBackend, SecureScripted,
                             SecureStreamBackend)
from streaming import Streams
from wire import ask, timed


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def local(authority):
    """For localhost and 127.0.0.1."""
    return authority.issue("local")


@pytest.fixture
def stack():
    with contextlib.ExitStack() as made:
        yield made


@pytest.fixture
def serve(stack):
    def made(*arguments, kind=SecureBackend, **options):
        backend = kind(*arguments, **options)
        stack.callback(backend.stop)
        return backend
    return made


def start(gateways, backend, loops=1, **tls):
    keys = {"connect_timeout": tls.pop("connect_timeout")} if "connect_timeout" in tls else {}
    address = getattr(backend, "address", backend)
    return gateways.start({"address": address, "tls": tls, **keys}, loops=loops)


def refused(gateway, *words):
    """A call that must be 503, and the operator's line with these words in it."""
    answer = ask(gateway.port, "GET", "/v1/users/1")
    assert answer.status == 503, answer
    line = gateway.wait_for(r"^transom: backend 'users' is unavailable: (?!is )(.+)").group(1)
    for word in words:
        assert re.search(word, line), line
    # The client is told that the backend is away, and nothing of addresses or certificates.
    assert answer.json()["code"] == 14 and "certificate" not in answer.body.decode(), answer
    return line


# Good connections


@pytest.mark.parametrize("address", ["{}", "dns:///localhost:{port}", "ipv4:127.0.0.1:{port}"])
def test_a_call_over_tls(gateways, serve, authority, local, address):
    backend = serve(local)
    gateway = start(gateways, address.format(backend.address, port=backend.port),
                    ca=authority.root)
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200
    assert backend.calls and backend.subjects == [None]


def test_what_is_negotiated_and_sent(gateways, stack, authority, local):
    backend = stack.enter_context(SecureScripted(local))
    gateway = start(gateways, backend.address.replace("127.0.0.1", "localhost"), ca=authority.root)
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200
    assert backend.handshakes == [("TLSv1.3", "h2", False)]
    assert backend.names == ["localhost"]
    headers = backend.calls[0].headers
    assert headers[b":scheme"] == b"https"
    assert headers[b":authority"].startswith(b"localhost:")


def test_tls_1_2(gateways, stack, authority, local):
    backend = stack.enter_context(SecureScripted(local, version=ssl.TLSVersion.TLSv1_2))
    gateway = start(gateways, backend, ca=authority.root)
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200
    assert backend.handshakes == [("TLSv1.2", "h2", False)]


def test_server_name_is_what_is_verified_asked_for_and_sent(gateways, stack, authority):
    backend = stack.enter_context(SecureScripted(authority.issue("other", "DNS:users.internal")))
    gateway = start(gateways, backend, ca=authority.root, server_name="users.internal")
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200
    assert backend.names == ["users.internal"]
    assert backend.calls[0].headers[b":authority"] == b"users.internal"


def test_several_addresses_share_a_server_name(gateways, serve, authority):
    identity = authority.issue("shared", "DNS:*.backends.internal")
    backends = [serve(identity), serve(identity)]
    gateway = start(gateways, "ipv4:" + ",".join(backend.address for backend in backends),
                    ca=authority.root, server_name="users.backends.internal")
    assert [ask(gateway.port, "GET", "/v1/users/1").status for _ in range(8)] == [200] * 8
    assert all(backend.calls for backend in backends)


def test_a_unix_socket(gateways, serve, authority, local, tmp_path):
    path = tmp_path / "backend.sock"
    serve(local, address=f"unix:{path}")
    gateway = start(gateways, f"unix://{path}", ca=authority.root, server_name="localhost")
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200


def test_the_systems_roots_are_those_of_ssl_cert_file(gateways, serve, authority, local):
    backend = serve(local)
    trusting = gateways.start({"address": backend.address, "tls": {}},
                              env={"SSL_CERT_FILE": authority.root})
    assert ask(trusting.port, "GET", "/v1/users/1").status == 200
    refused(start(gateways, backend), "unable to get local issuer certificate")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed(gateways, stack, authority, local, version):
    backend = stack.enter_context(SecureScripted(local, version=version))
    gateway = start(gateways, backend, ca=authority.root)
    for number in range(3):
        assert wait_until(lambda: ask(gateway.port, "GET", "/v1/users/1").status == 200)
        assert wait_until(lambda: len(backend.connections) == number + 1)
        backend.connections[-1].close()
        time.sleep(0.2)
    assert [resumed for _, _, resumed in backend.handshakes] == [False, True, True]


# Certificates of the gateway's


def test_a_certificate_is_shown_to_who_asks(gateways, serve, authority, local):
    backend = serve(local, clients=authority.root)
    client = authority.issue("gateway", names=None, subject="/O=Example/CN=gateway")
    gateway = start(gateways, backend, ca=authority.root, **client.keys)
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200
    assert backend.subjects == [b"gateway"]


def test_without_one_the_backend_refuses(gateways, serve, authority, local):
    backend = serve(local, clients=authority.root)
    # grpcio hangs up without an alert.
    refused(start(gateways, backend, ca=authority.root), "hung up right after the TLS handshake")
    assert backend.calls == []


def test_the_alert_of_a_backend_that_refuses_is_told(gateways, stack, authority, local):
    backend = stack.enter_context(SecureScripted(local, clients=authority.root))
    refused(start(gateways, backend, ca=authority.root), "alert certificate required")
    assert backend.calls == []


def test_one_of_another_root_is_refused(gateways, serve, authority, local, tmp_path):
    backend = serve(local, clients=authority.root)
    stranger = Authority(tmp_path, "Other Root").issue("gateway")
    refused(start(gateways, backend, ca=authority.root, **stranger.keys), "hung up")
    assert backend.calls == []


# Who is refused


def test_another_root(gateways, serve, local, tmp_path):
    backend = serve(local)
    refused(start(gateways, backend, ca=Authority(tmp_path, "Other Root").root),
            f"{backend.address}: the backend's certificate is refused", "issuer certificate")
    assert backend.calls == []


def test_another_name(gateways, serve, authority):
    backend = serve(authority.issue("wrong", "DNS:elsewhere.test"))
    refused(start(gateways, backend, ca=authority.root), "mismatch: expected '127.0.0.1'")
    named = f"dns:///localhost:{backend.port}"
    refused(start(gateways, named, ca=authority.root), "mismatch: expected 'localhost'")


def test_an_expired_certificate(gateways, serve, authority):
    backend = serve(authority.issue("old", dates=PAST))
    refused(start(gateways, backend, ca=authority.root), "certificate has expired")


def test_a_backend_in_the_clear(gateways, backend):
    line = refused(start(gateways, backend, ca=backend_root()))
    assert "TLS" in line, line


def backend_root():
    """Any root will do where no certificate is ever seen."""
    return "/etc/ssl/certs/ca-certificates.crt"


def test_a_tls_backend_spoken_to_in_the_clear(gateways, serve, local):
    backend = serve(local)
    refused(gateways.start(backend.address))
    assert backend.calls == []


@pytest.mark.parametrize("protocols", [(), ("http/1.1",)])
def test_a_server_that_does_not_choose_h2(gateways, stack, authority, local, protocols):
    backend = stack.enter_context(SecureScripted(local, protocols=protocols))
    refused(start(gateways, backend, ca=authority.root), "protocol 'h2', found none|no application")


def test_the_openssl_command_without_alpn(gateways, stack, authority, local):
    port = free_port()
    server = Program(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet",
                      "-cert", local.certificate, "-key", local.key])
    stack.callback(server.kill)
    assert wait_until(lambda: is_open(port))
    refused(start(gateways, f"127.0.0.1:{port}", ca=authority.root), "protocol 'h2', found none")


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_nothing_below_tls_1_2(gateways, stack, authority, local):
    backend = stack.enter_context(SecureScripted(local, version=ssl.TLSVersion.TLSv1_1))
    refused(start(gateways, backend, ca=authority.root), "protocol version|unsupported protocol")
    assert wait_until(lambda: backend.failures)


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x03"])
def test_a_handshake_that_hangs_takes_the_time_for_connecting(gateways, stack, said):
    def hold():
        with contextlib.suppress(OSError):
            while True:
                held.append(listener.accept()[0])
                held[-1].sendall(said)

    held = []
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    threading.Thread(target=hold, daemon=True).start()
    gateway = start(gateways, "127.0.0.1:%d" % listener.getsockname()[1], ca=backend_root(),
                    connect_timeout="500ms")
    _, seconds = timed(lambda: refused(gateway, "no end of the TLS handshake"))
    assert 0.4 < seconds < 3, seconds
    held[0].settimeout(2)
    with contextlib.suppress(ConnectionResetError):
        while held[0].recv(65536):
            pass  # the client hello, then the end: nothing is left hanging


def test_a_peer_that_hangs_up_in_the_handshake(gateways, stack):
    def hang_up():
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = listener.accept()
                accepted.recv(1)
                accepted.close()

    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    threading.Thread(target=hang_up, daemon=True).start()
    gateway = start(gateways, "127.0.0.1:%d" % listener.getsockname()[1], ca=backend_root())
    refused(gateway, "[Cc]onnection")


def test_a_backend_whose_certificate_is_renewed_is_used_again(gateways, serve, authority, local):
    backend = serve(authority.issue("stale", dates=PAST))
    gateway = start(gateways, backend, ca=authority.root)
    refused(gateway, "expired")
    backend.stop()
    serve(local, address=backend.address)
    assert wait_until(lambda: ask(gateway.port, "GET", "/v1/users/1").status == 200)
    gateway.wait_for(r"^transom: backend 'users' is available again")


# What goes through


def test_a_large_answer_takes_many_records(gateways, serve, authority, local):
    backend = serve(local)
    gateway = start(gateways, backend, ca=authority.root)
    name = "".join(random.Random(1).choices("abcdefgh", k=3_000_000))
    answer = ask(gateway.port, "POST", "/v1/users", {"name": name})
    assert answer.status == 200 and len(backend.calls[-1].request) > 3_000_000
    # Every field of the request has its number in the answer too.
    assert name in answer.body.decode()


@pytest.fixture
def streams(stack, gateways, authority, local, tmp_path):
    backend = stack.enter_context(SecureStreamBackend(local))
    return Streams(gateways, backend, tmp_path, backends={
        "users": {"address": backend.address, "connections": 1, "tls": {"ca": authority.root}}})


def test_streams_both_ways(streams):
    text = "x" * 300_000
    answer = streams.listed("/list/1", [streams.item(id=str(n), text=text) for n in range(20)])
    lines = answer.body.decode().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [str(n) for n in range(20)]
    assert all(json.loads(line)["text"] == text for line in lines)
    streams.backend.play = lambda call: iter([streams.summary(
        bytes=sum(len(message) for message in call.messages()))])
    data = random.Random(2).randbytes(5_000_000)
    assert int(streams.ask("POST", "/upload", data).json()["bytes"]) > len(data)


def test_a_slow_client_slows_the_backend(streams):
    wire, call = streams.call("GET", "/list/1")
    messages = 100
    call.send(*[streams.item(id=str(n), text="y" * 500_000) for n in range(messages)]).finish()
    time.sleep(1)
    assert call.sent < messages
    with wire:
        assert wire.whole().body.count(b"\n") == messages


def test_health_is_asked_over_tls(gateways, stack, serve, authority, local):
    backend = serve(local, kind=SecureHealthBackend)
    gateway = gateways.start({"address": backend.address, "tls": {"ca": authority.root},
                              "health": {"interval": "200ms"}})
    assert wait_until(lambda: backend.asked)
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200
    backend.become(NOT_SERVING)
    assert wait_until(lambda: ask(gateway.port, "GET", "/v1/users/1").status == 503)


def test_a_backend_restarts_under_load(gateways, serve, authority, local):
    backend = serve(local)
    gateway = gateways.start({
        "address": backend.address, "tls": {"ca": authority.root},
        "retry": {"attempts": 5, "backoff": {"initial": "300ms", "max": "1s"},
                  "codes": ["UNAVAILABLE", "CANCELLED"]}}, loops=2)
    with Load(gateway, clients=4) as load:
        assert wait_until(lambda: load.total > 100)
        for _ in range(2):
            backend.server.stop(1).wait(5)
            backend = serve(local, address=backend.address)
            time.sleep(1.5)
    assert not load.failures, load.failures[:3]
    assert set(load.statuses) == {200} and load.total > 200


# What the configuration says


def check(tmp_path, descriptors, backend, env=None):
    path = write(tmp_path, backend, descriptors)
    done = run([binary("transom"), "check", "--config", str(path)], env=env)
    return done.returncode, done.stderr


def test_check_tells_which_file_is_wrong(tmp_path, descriptors, authority, local):
    other = authority.issue("another")
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for tls, key, words in [
            ({"ca": str(broken)}, "ca", "expected '-----BEGIN CERTIFICATE-----', found none"),
            ({"ca": str(tmp_path / "none.pem")}, "ca", "expected a readable file"),
            ({"certificate": local.certificate, "key": other.key}, "key", "expected the key of"),
            ({"certificate": str(broken), "key": local.key}, "certificate", "BEGIN CERTIFICATE"),
            ({"certificate": local.certificate, "key": str(broken)}, "key", "private key"),
            ({"certificate": local.certificate}, "certificate", "found no 'key'"),
            ({"server_name": "a:1"}, "server_name", "without the port: a")]:
        code, text = check(tmp_path, descriptors, {"address": "a:1", "tls": tls})
        assert code == 78, text
        assert f"backends.users.tls.{key}: " in text and words in text, text
        assert text.count("error: ") == 1, text


def test_check_wants_a_name_where_the_address_has_none(tmp_path, descriptors):
    for address in ["unix:///run/users.sock", "ipv4:10.0.0.1:1,10.0.0.2:1"]:
        code, text = check(tmp_path, descriptors, {"address": address, "tls": {}})
        assert code == 78 and "expected the key 'server_name'" in text, text


def test_check_warns_of_an_expired_certificate(tmp_path, descriptors, authority):
    old = authority.issue("old-gateway", dates=PAST)
    code, text = check(tmp_path, descriptors, {"address": "a:1", "tls": old.keys})
    assert code == 0, text
    assert re.search(r"warning: .*tls\.certificate: .*has expired on 2021-01-01", text), text


def test_the_systems_roots_must_be_there(tmp_path, descriptors):
    code, text = check(tmp_path, descriptors, {"address": "a:1", "tls": {}},
                       env={"SSL_CERT_FILE": "/nowhere.pem"})
    assert code == 78 and "/nowhere.pem" in text, text
