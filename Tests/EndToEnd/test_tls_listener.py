"""TLS on listeners, seen by curl, the openssl command and Python's ssl."""
import contextlib
import re
import shlex
import socket
import ssl
import threading
import time

import pytest

from backends import RawBackend, wait_until
from certificates import NOW, PAST, Authority
from gateways import write
from processes import ROOT, DemoBackend, Gateway, binary, run
from secure_wire import (SecureWire, ask_secure, client_hello, context, negotiated, raw, s_client)
from streaming import FULL, resident
from wire import Wire, ask, request, timed

LISTEN = "127.0.0.1:0"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def local(authority):
    return authority.issue("local")


@pytest.fixture(scope="module")
def secure(gateways, backend, local):
    """A gateway over TLS, on two loops."""
    return gateways.start(backend.address, loops=2,
                          listen=[{"address": LISTEN, "tls": local.keys}])


def start(gateways, backend, tls, hsts=None, **changes):
    listen = {"address": LISTEN, "tls": tls, **({"hsts": hsts} if hsts else {})}
    return gateways.start(backend.address, listen=[listen], **changes)


def counted(gateway, reason):
    """How often connections ended for a reason."""
    text = ask(gateway.admin_port, "GET", "/metrics").body.decode()
    found = re.search(rf'\{{[^}}]*"{reason}"[^}}]*\}} (\d+)', text)
    return int(found.group(1)) if found else 0


# What is agreed on


def test_it_says_https(secure):
    assert any(f"listening on https://127.0.0.1:{secure.port}" in line for line in secure.err)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_curl(secure, authority, version):
    done = run(["curl", "-sS", "--cacert", authority.root, f"--tlsv{version}", "--tls-max", version,
                "-w", " %{http_code} %{http_version}",
                f"https://localhost:{secure.port}/v1/users/1", "--resolve",
                f"localhost:{secure.port}:127.0.0.1"])
    assert done.returncode == 0 and done.stdout.endswith("200 1.1"), done


@pytest.mark.parametrize(("option", "expected"), [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_versions_that_are_spoken(secure, option, expected):
    text = s_client(secure.port, option)
    assert negotiated(text)[0] == expected, text


@pytest.mark.parametrize("option", ["-tls1", "-tls1_1"])
def test_versions_that_are_refused(secure, option):
    before = counted(secure, "tls_version")
    text = s_client(secure.port, option, "-cipher", "ALL:@SECLEVEL=0")
    assert "Cipher is (NONE)" in text and "alert protocol version" in text, text
    assert wait_until(lambda: counted(secure, "tls_version") == before + 1)


@pytest.mark.parametrize("cipher", ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256",
                                    "ECDHE-ECDSA-AES256-SHA", "DHE-RSA-AES128-GCM-SHA256"])
def test_weak_ciphers_are_refused(secure, cipher):
    text = s_client(secure.port, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")
    assert "Cipher is (NONE)" in text and "handshake failure" in text, text


def test_the_cipher_has_forward_secrecy(secure):
    version, cipher = negotiated(s_client(secure.port, "-tls1_2"))
    assert version == "TLSv1.2" and cipher.startswith("ECDHE-") and "GCM" in cipher


def test_http_1_1_is_chosen_by_alpn(secure):
    assert "ALPN protocol: http/1.1" in s_client(secure.port, "-alpn", "h2,http/1.1")
    assert "No ALPN negotiated" in s_client(secure.port)
    before = counted(secure, "tls_protocol")
    refused = s_client(secure.port, "-alpn", "h2")
    assert "no application protocol" in refused, refused
    assert wait_until(lambda: counted(secure, "tls_protocol") == before + 1)


def test_sni_picks_the_certificate(gateways, backend, authority):
    first = authority.issue("first", "DNS:first.test")
    second = authority.issue("second", "DNS:*.second.test")
    gateway = start(gateways, backend, [first.keys, second.keys])
    for name, subject in [("first.test", "first"), ("www.second.test", "second"),
                          ("WWW.second.test", "second"), ("unknown.test", "first"),
                          ("a.b.second.test", "first"), (None, "first")]:
        options = ["-servername", name] if name else ["-noservername"]
        text = s_client(gateway.port, *options)
        assert re.search(rf"^subject=CN = {subject}$", text, re.M), (name, text)


@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
def test_sessions_are_resumed_on_every_loop(secure, tmp_path, option):
    kept = tmp_path / "session.pem"
    # TLS 1.3 sends tickets behind the handshake: the answer comes after them.
    asked = "GET /v1/users/1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
    first = s_client(secure.port, option, "-sess_out", str(kept), "-ign_eof", input=asked)
    assert negotiated(first) and kept.exists(), first
    # Two loops share the keys; the kernel spreads connections over them.
    for _ in range(12):
        text = s_client(secure.port, option, "-sess_in", str(kept), "-ign_eof", input=asked)
        assert re.search(r"^Reused, TLSv1", text, re.M) and "200 OK" in text, text


def test_renegotiation_is_refused(secure):
    text = s_client(secure.port, "-tls1_2", "-legacy_renegotiation", input="R\n")
    assert "RENEGOTIATING" in text and "no renegotiation" in text, text


# Who does not speak TLS, or not to its end


def test_plain_http_is_answered_400(secure):
    before = counted(secure, "tls_plain_http")
    with Wire(secure.port) as wire:
        answer = wire.send(request("GET", "/v1/users/1")).answer()
        assert answer.status == 400 and "use https" in answer.json()["message"], answer
        assert answer.field("strict-transport-security") is None
        assert wire.rest() == b""
    assert wait_until(lambda: counted(secure, "tls_plain_http") == before + 1)


def test_a_slow_handshake_is_closed_in_time(gateways, backend, local):
    gateway = start(gateways, backend, local.keys, timeouts={"head": "1s"})
    with raw(gateway.port) as silent, raw(gateway.port) as slow:
        slow.sendall(b"\x16\x03\x01\x02\x00")
        _, seconds = timed(lambda: (silent.recv(100), drained(slow)))
        assert 0.5 < seconds < 4, seconds
    assert wait_until(lambda: counted(gateway, "tls_timeout") == 2)
    # A connection that is over its handshake has its own time.
    with SecureWire(gateway.port) as wire:
        time.sleep(0.5)
        assert wire.send(request("GET", "/v1/users/1")).answer().status == 200


def drained(peer):
    with contextlib.suppress(OSError):
        while peer.recv(4096):
            pass


def test_handshakes_that_break_off(secure):
    _, _, outgoing = client_hello(secure.port)
    hello = outgoing.read()
    before = counted(secure, "tls_hang_up")
    lengths = [0, 1, 5, len(hello) // 2, len(hello) - 1, len(hello)]
    for length in lengths:
        with raw(secure.port) as peer:
            peer.sendall(hello[:length])
            if length == len(hello):
                assert peer.recv(5)[:1] == b"\x16"
    assert wait_until(lambda: counted(secure, "tls_hang_up") == before + len(lengths))
    assert ask_secure(secure.port).status == 200


def test_nonsense_gets_an_alert(secure):
    before = counted(secure, "tls_other")
    for data in [b"\x16\x03\x01\x00\x05hello", b"\x00" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 70000]:
        with raw(secure.port) as peer:
            with contextlib.suppress(OSError):
                peer.sendall(data)
            drained(peer)
    assert wait_until(lambda: counted(secure, "tls_other")
                      + counted(secure, "tls_version") >= before + 3)


def test_broken_handshakes_leave_nothing_behind(gateways, backend, local):
    gateway = start(gateways, backend, local.keys)
    hello = client_hello(gateway.port)[2].read()

    def annoy(times):
        for number in range(times):
            with raw(gateway.port) as peer:
                # A part of a hello, a whole one, one with a byte changed, or something else.
                data = [hello[:100], hello, hello[:60] + b"\xff" + hello[61:], b"GET / x\r\n",
                        b"\x16\x03\x01\x00\x02\x01\x00"][number % 5]
                peer.sendall(data)
                if number % 5 in (1, 3):
                    peer.recv(1)
                elif number % 2:
                    # A reset instead of an end.
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    annoy(500)
    before = resident(gateway.process.pid)
    annoy(3000)
    assert wait_until(lambda: counted(gateway, "tls_hang_up") + counted(gateway, "tls_other")
                      + counted(gateway, "tls_plain_http") + counted(gateway, "tls_version")
                      + counted(gateway, "tls_alert") >= 3400)
    assert wait_until(lambda: re.search(r"^transom_client_connections 0$", ask(
        gateway.admin_port, "GET", "/metrics").body.decode(), re.M)), ask(
            gateway.admin_port, "GET", "/metrics").body.decode()[:2000]
    assert resident(gateway.process.pid) - before < 8192
    assert ask_secure(gateway.port).status == 200


def test_a_handshake_byte_by_byte(secure):
    engine, incoming, outgoing = client_hello(secure.port)
    with raw(secure.port) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def send():
            for byte in outgoing.read():
                peer.sendall(bytes([byte]))

        send()
        while True:
            try:
                engine.do_handshake()
                break
            except ssl.SSLWantReadError:
                incoming.write(peer.recv(65536))
        send()
        engine.write(request("GET", "/v1/users/1"))
        send()
        answer = b""
        while b"\r\n\r\n" not in answer:
            try:
                answer += engine.read(65536)
            except ssl.SSLWantReadError:
                incoming.write(peer.recv(65536))
    assert answer.startswith(b"HTTP/1.1 200 OK"), answer


def test_an_end_without_goodbye_is_nothing(secure):
    before = counted(secure, "tls_hang_up")
    with SecureWire(secure.port) as wire:
        assert wire.send(request("GET", "/v1/users/1")).answer().status == 200
        socket.socket(fileno=wire.socket.detach()).close()
    assert ask_secure(secure.port).status == 200
    assert counted(secure, "tls_hang_up") == before


def test_connections_in_handshake_count_against_the_limit(gateways, backend, local):
    gateway = start(gateways, backend, local.keys, limits={"connections": 3})
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(raw(gateway.port)) for _ in range(3)]
        assert wait_until(lambda: "transom_client_connections 3" in ask(
            gateway.admin_port, "GET", "/metrics").body.decode())
        with raw(gateway.port) as late:
            drained(late)
        assert counted(gateway, "too_many_connections") == 1
        peers[0].close()
        assert wait_until(lambda: answers(gateway))


def answers(gateway):
    try:
        return ask_secure(gateway.port).status == 200
    except OSError:
        return False


# Clients with certificates


@pytest.fixture(scope="module")
def mutual(gateways, backend, authority, local):
    return start(gateways, backend, {**local.keys, "client_ca": authority.root},
                 metadata={"client_certificate": True, "grpc_metadata": True,
                           "request": ["x-client-cert-subject", "x-client-cert-san", "x-tenant"]})


def test_a_client_with_a_certificate_is_told_of(mutual, backend, authority):
    client = authority.issue(
        "client", subject="/O=Example, Inc./CN=orders",
        names="DNS:orders.test,URI:spiffe://test/orders,email:a@b.test,IP:10.0.0.1")
    answer = ask_secure(mutual.port, secure=context(certificate=client), fields={
        "x-client-cert-subject": "CN=admin", "X-Client-Cert-San": "DNS:admin.test",
        "grpc-metadata-x-client-cert-san": "DNS:admin.test", "x-tenant": "a",
        "grpc-metadata-x-client-cert-hash": "00"})
    assert answer.status == 200, answer
    metadata = backend.calls[-1].metadata
    assert metadata["x-client-cert-subject"] == ["CN=orders,O=Example\\, Inc."]
    assert metadata["x-client-cert-san"] == [
        "DNS:orders.test", "URI:spiffe://test/orders", "email:a@b.test", "IP:10.0.0.1"]
    assert metadata["x-tenant"] == ["a"] and "x-client-cert-hash" not in metadata
    assert metadata["x-forwarded-proto"] == ["https"]


def test_names_beyond_the_bound_are_left_out_whole(mutual, backend, authority):
    client = authority.issue("many", names=",".join(
        f"DNS:{'x' * 60}.{number:03d}.test" for number in range(90)), subject="/O=x/CN=" + "y" * 60)
    assert ask_secure(mutual.port, secure=context(certificate=client)).status == 200
    names = backend.calls[-1].metadata["x-client-cert-san"]
    assert 50 < len(names) < 90 and all(re.fullmatch(r"DNS:x{60}\.\d{3}\.test", n) for n in names)


def test_a_client_without_a_certificate_is_refused(mutual, backend):
    before, calls = counted(mutual, "tls_certificate"), len(backend.calls)
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError)) as refused:
        ask_secure(mutual.port)
    assert "certificate required" in str(refused.value).lower().replace("_", " "), refused.value
    assert wait_until(lambda: counted(mutual, "tls_certificate") == before + 1)
    assert len(backend.calls) == calls


@pytest.mark.parametrize("kind", ["stranger", "expired"])
def test_a_client_with_a_wrong_certificate_is_refused(mutual, backend, authority, tmp_path, kind):
    client = (Authority(tmp_path, "Other Root").issue("client") if kind == "stranger"
              else authority.issue("old-client", dates=PAST))
    calls = len(backend.calls)
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
        ask_secure(mutual.port, secure=context(certificate=client))
    assert len(backend.calls) == calls


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_does_not_outlive_the_clients_certificate(mutual, authority, version):
    end = time.gmtime(time.time() + 4)
    client = authority.issue("brief-client", dates=(NOW[0], time.strftime("%Y%m%d%H%M%SZ", end)))
    secure = context(certificate=client, version=version)

    def session_after_an_answer(session=None):
        with SecureWire(mutual.port, secure, session=session) as wire:
            assert wire.send(request("GET", "/v1/users/1")).answer().status == 200
            assert wire.socket.session_reused == (session is not None)
            return wire.socket.session

    session = session_after_an_answer(session_after_an_answer())
    before = counted(mutual, "tls_certificate")
    time.sleep(5)
    with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
        session_after_an_answer(session)
    assert wait_until(lambda: counted(mutual, "tls_certificate") == before + 1)


def test_nothing_is_told_unless_asked(gateways, backend, authority, local):
    gateway = start(gateways, backend, {**local.keys, "client_ca": authority.root})
    client = authority.issue("quiet-client")
    assert ask_secure(gateway.port, secure=context(certificate=client)).status == 200
    assert not [name for name in backend.calls[-1].metadata if name.startswith("x-client-cert")]


def test_a_client_in_the_clear_cannot_claim_a_certificate(gateways, backend):
    gateway = gateways.start(backend.address, metadata={
        "client_certificate": True, "request": ["x-client-cert-subject"]})
    assert ask(gateway.port, "GET", "/v1/users/1",
               fields={"x-client-cert-subject": "CN=admin"}).status == 200
    assert "x-client-cert-subject" not in backend.calls[-1].metadata
    assert backend.calls[-1].metadata["x-forwarded-proto"] == ["http"]


# What answers and backends are told


def test_the_backend_is_told_the_scheme(secure, backend):
    assert ask_secure(secure.port, fields={"x-forwarded-proto": "http"}).status == 200
    assert backend.calls[-1].metadata["x-forwarded-proto"] == ["https"]


def test_a_trusted_proxy_knows_the_scheme_better(gateways, backend, local):
    gateway = start(gateways, backend, local.keys, trusted_proxies=["127.0.0.1"])
    for fields, expected in [({}, "https"),
                             ({"x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "http"}, "http"),
                             ({"x-forwarded-for": "1.2.3.4"}, "https")]:
        assert ask_secure(gateway.port, fields=fields).status == 200
        assert backend.calls[-1].metadata["x-forwarded-proto"] == [expected], fields


def test_strict_transport_security(gateways, backend, local):
    gateway = gateways.start(backend.address, listen=[
        {"address": LISTEN, "tls": local.keys, "hsts": "8760h"}])
    for method, target, status in [("GET", "/v1/users/1", 200), ("HEAD", "/v1/users/1", 200),
                                   ("GET", "/nowhere", 404), ("PUT", "/v1/users", 405),
                                   ("OPTIONS", "/v1/users/1", 204)]:
        answer = ask_secure(gateway.port, method, target)
        assert answer.status == status, answer
        assert answer.field("strict-transport-security") == "max-age=31536000"
    with SecureWire(gateway.port) as wire:
        answer = wire.send(b"NONSENSE\r\n\r\n").answer()
        assert answer.status == 400
        assert answer.field("strict-transport-security") == "max-age=31536000"


def test_it_is_never_said_unless_asked(secure):
    assert ask_secure(secure.port).field("strict-transport-security") is None


# The end, and the cost


def test_draining_says_goodbye(gateways, backend, local):
    gateway = gateways.detached(backend.address, listen=[{"address": LISTEN, "tls": local.keys}],
                                drain="3s")
    with SecureWire(gateway.port) as idle, SecureWire(gateway.port) as busy:
        assert idle.send(request("GET", "/v1/users/1")).answer().status == 200
        busy.send(request("GET", "/v1/users/1", fields={"x-sleep": "1"}))
        assert wait_until(lambda: backend.running == 1)
        stopping = threading.Thread(target=lambda: gateway.stop())
        stopping.start()
        assert idle.said_goodbye()
        answer = busy.answer()
        assert (answer.status, answer.field("connection")) == (200, "close")
        assert busy.said_goodbye()
        stopping.join(10)
    assert gateway.process.returncode == 0


def test_idle_connections_are_small(gateways, backend, local):
    count = 1000 if FULL else 300
    gateway = start(gateways, backend, local.keys)
    secure = context()
    for _ in range(20):
        assert ask_secure(gateway.port, secure=secure).status == 200
    before = resident(gateway.process.pid)
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            wire = stack.enter_context(SecureWire(gateway.port, secure))
            assert wire.send(request("GET", "/v1/users/1")).answer().status == 200
        time.sleep(0.5)
        each = (resident(gateway.process.pid) - before) / count
    print(f"\n{each:.1f} KiB an idle TLS connection")
    # The sanitizers' and debug builds' allocators are no measure, but for what would be absurd.
    assert each <= 48, each


# Certificates that change


def test_certificates_are_read_again_while_serving(gateways, backend, authority, tmp_path):
    def put(identity):
        for source, target in [(identity.certificate, certificate), (identity.key, key)]:
            with open(source, "rb") as file:
                target.write_bytes(file.read())

    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    put(authority.issue("before"))
    gateway = start(gateways, backend, {"certificate": str(certificate), "key": str(key)}, loops=2)
    with SecureWire(gateway.port) as kept:
        assert kept.send(request("GET", "/v1/users/1")).answer().status == 200
        put(authority.issue("after"))
        assert wait_until(lambda: subject(gateway) == "after", 15)
        # Both loops, and the connection that was open goes on.
        assert {subject(gateway) for _ in range(8)} == {"after"}
        assert kept.send(request("GET", "/v1/users/1")).answer().status == 200
        certificate.write_text("no certificate")
        gateway.wait_for(r"listen\[0\]\.tls\.certificate: .*BEGIN CERTIFICATE", seconds=15)
        assert subject(gateway) == "after"
        assert kept.send(request("GET", "/v1/users/1")).answer().status == 200


def subject(gateway):
    return re.search(r"^subject=CN = (\S+)$", s_client(gateway.port), re.M).group(1)


# What the configuration says


def check(tmp_path, descriptors, listen):
    path = write(tmp_path, "a:1", descriptors, listen=[{"address": LISTEN, **listen}])
    done = run([binary("transom"), "check", "--config", str(path)])
    return done.returncode, done.stderr


def test_check_tells_which_file_is_wrong(tmp_path, descriptors, authority, local):
    other = authority.issue("another")
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    good = local.keys
    for listen, key, words in [
            ({"tls": {}}, "tls", "expected the key 'certificate'"),
            ({"tls": []}, "tls", "at least one certificate"),
            ({"tls": {**good, "certificate": str(broken)}}, "tls.certificate", "BEGIN CERTIFICATE"),
            ({"tls": {**good, "key": other.key}}, "tls.key", "expected the key of"),
            ({"tls": [good, {**good, "key": other.key}]}, "tls[1].key", "expected the key of"),
            ({"tls": {**good, "key": "/none"}}, "tls.key", "readable file"),
            ({"tls": {**good, "client_ca": str(broken)}}, "tls.client_ca", "BEGIN CERTIFICATE"),
            ({"tls": [good, {**other.keys, "client_ca": authority.root}]}, "tls[1].client_ca",
             "one client_ca for all"),
            ({"hsts": "1h"}, "hsts", "expected the key 'tls'"),
            ({"tls": good, "hsts": "1"}, "hsts", "add a unit")]:
        code, text = check(tmp_path, descriptors, listen)
        assert code == 78, (listen, text)
        assert f"listen[0].{key}: " in text and words in text, text


def test_check_warns_of_an_expired_certificate(tmp_path, descriptors, authority):
    code, text = check(tmp_path, descriptors, {"tls": authority.issue("old", dates=PAST).keys})
    assert code == 0, text
    assert re.search(r"warning: .*listen\[0\]\.tls\.certificate: .*has expired", text), text


# The README


def test_the_lines_of_the_readme(tmp_path, sample):
    readme = (ROOT / "README.md").read_text()
    section = readme.split("\n## HTTPS\n")[1].split("\n## ")[0]
    listen, openssl, curl = re.findall(r"`((?:listen: |openssl |curl ).*?)`", section)
    config = (ROOT / "docker" / "transom.yaml").read_text()
    # The sample's configuration with the section's listener in the place of its own.
    config, count = re.subn(r"^listen:\n(?:[ ].*\n)+", listen.replace("0.0.0.0:8443", LISTEN) + "\n",
                            config, flags=re.M)
    assert count == 1, config
    assert run(shlex.split(openssl), cwd=tmp_path).returncode == 0
    path = tmp_path / "transom.yaml"
    path.write_text(config.replace("../", f"{ROOT}/"))
    for name in ("routes", "protos"):
        if (ROOT / "docker" / name).exists():
            (tmp_path / name).symlink_to(ROOT / "docker" / name)
    with DemoBackend() as backend, Gateway(path, {
            "TRANSOM_ADMIN_ADDRESS": LISTEN, "TRANSOM_USERS_ADDRESS": backend.address}) as gateway:
        words = shlex.split(curl.replace("8443", str(gateway.port)))
        done = run([*words, "-sS", "--fail", "-4"], cwd=tmp_path)
    assert done.returncode == 0 and '"id"' in done.stdout, done
