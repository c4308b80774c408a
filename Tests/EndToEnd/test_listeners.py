"""What a gateway can listen on: ports, unix sockets, sockets that it is started with."""
import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import socket
import struct
import time

import pytest

from backends import wait_until
from listening import Activated, UnixWire, listening
from processes import Program, binary, run
from wire import Wire, ask, request

GET = request("GET", "/v1/users/1")


def refused(config, sockets=(), env=None):
    """What a gateway says that does not start."""
    program = Activated(config, list(sockets), env)
    assert program.ended() == 78, program.text()
    return program.text()


def line(gateway, answer):
    identifier = answer.field("x-request-id")
    found = gateway.wait_for(f'.*"request_id":"{identifier}".*', gateway.out)
    return json.loads(found.group(0))


@pytest.fixture
def short(tmp_path_factory):
    """A folder whose path fits into the address of a unix socket."""
    return tmp_path_factory.mktemp("s")


# Unix sockets.


@contextlib.contextmanager
def on_unix(gateways, backend, path, **changes):
    config = gateways.config(backend.address, listen=[{"address": f"unix://{path}"}], **changes)
    with Program([binary("transom"), "serve", "--config", str(config)]) as program:
        program.wait_for(f"listening on unix://{path}")
        program.wait_for("admin on")
        yield program


def test_a_unix_socket_is_served_on_every_loop_and_its_file_goes(gateways, backend, short):
    path = short / "web.sock"
    with on_unix(gateways, backend, path, loops=2) as gateway:
        for _ in range(6):
            with UnixWire(path) as wire:
                for _ in range(2):
                    answer = wire.send(GET).answer()
                    assert answer.status == 200
        assert line(gateway, answer)["client"] == ""
        assert path.is_socket()
    assert not path.exists()


def test_a_stale_file_is_replaced_and_one_in_use_is_an_error(gateways, backend, short):
    path = short / "web.sock"
    listening(socket.AF_UNIX, path).close()
    assert path.is_socket()
    with on_unix(gateways, backend, path):
        with UnixWire(path) as wire:
            assert wire.send(GET).answer().status == 200
            config = gateways.config(backend.address, listen=[{"address": f"unix://{path}"}])
            assert f"cannot listen on unix://{path}: address already in use" in refused(config)
            assert wire.send(GET).answer().status == 200
        with UnixWire(path) as wire:
            assert wire.send(GET).answer().status == 200


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_is_no_socket_is_left_alone(gateways, backend, short, is_folder):
    path = short / "taken"
    path.mkdir() if is_folder else path.write_text("mine")
    config = gateways.config(backend.address, listen=[{"address": f"unix://{path}"}])
    assert ("is a directory" if is_folder else "file exists") in refused(config)
    assert path.is_dir() if is_folder else path.read_text() == "mine"


def test_peers_on_a_unix_socket_are_believed_only_when_trusted(gateways, backend, short):
    fields = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    sent = request("GET", "/v1/users/1", fields=fields)
    for trusted in ([], ["unix"], ["127.0.0.1"]):
        path = short / f"{'-'.join(trusted) or 'none'}.sock"
        with on_unix(gateways, backend, path, trusted_proxies=trusted) as gateway:
            with UnixWire(path) as wire:
                answer = wire.send(sent).answer()
            assert answer.status == 200
            metadata = backend.calls[-1].metadata
            if trusted == ["unix"]:
                assert metadata["x-forwarded-for"] == ["203.0.113.9, unix"]
                assert metadata["x-forwarded-proto"] == ["https"]
                assert line(gateway, answer)["client"] == "203.0.113.9"
            else:
                assert "203.0.113.9" not in str(metadata)
                assert metadata["x-forwarded-proto"] == ["http"]
                assert "203.0.113.9" not in str(line(gateway, answer))


@pytest.mark.parametrize("is_held", [False, True])
def test_a_tcp_client_that_has_gone_is_no_peer_on_a_unix_socket(gateways, backend, is_held):
    """A connection that is reset before it is accepted has no address any more."""
    sent = request("GET", "/v1/users/1", fields={"x-forwarded-for": "6.6.6.6"})
    address = "fd:web" if is_held else "127.0.0.1:0"
    config = gateways.config(backend.address, trusted_proxies=["unix"], loops=2,
                             listen=[{"address": address}])
    calls = len(backend.calls)
    with listening() as held, Activated(config, [("web", held)]).started() as gateway:
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)", gateway.places[0]).group(1))
        gateway.process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(20):
                with Wire(port) as wire:
                    wire.send(sent)
                    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                           struct.pack("ii", 1, 0))
        finally:
            gateway.process.send_signal(signal.SIGCONT)
        # On both loops, behind those that are gone.
        for _ in range(8):
            with Wire(port) as wire:
                answer = wire.send(sent).answer()
                assert answer.status == 200
                assert line(gateway, answer)["client"] == "127.0.0.1"
        time.sleep(0.2)
        assert "6.6.6.6" not in "".join(gateway.out)
        assert len(gateway.out) == len(backend.calls) - calls == 8, gateway.text()


def test_the_admin_endpoints_may_be_on_a_unix_socket(gateways, backend, short):
    path = short / "admin.sock"
    config = gateways.config(backend.address, admin={"address": f"unix://{path}"})
    health = [binary("transom"), "health", "--address", f"unix://{path}"]
    with Program([binary("transom"), "serve", "--config", str(config)]) as gateway:
        gateway.wait_for(f"admin on unix://{path}")
        done = run(health)
        assert (done.returncode, done.stdout.strip()) == (0, "ready")
        with UnixWire(path) as wire:
            assert wire.send(request("GET", "/healthz")).answer().status == 200
    done = run(health)
    assert done.returncode == 1 and "no such file" in done.stdout
    assert run([*health[:-1], "fd:admin"]).returncode == 64


# Several at once.


def test_several_addresses_of_all_kinds_at_once(gateways, backend, short):
    path = short / "web.sock"
    held = listening()
    config = gateways.config(backend.address, listen=[
        {"address": "127.0.0.1:0"}, {"address": "[::1]:0"}, {"address": f"unix://{path}"},
        {"address": "fd:web"}], loops=2)
    with held, Activated(config, [("web", held)]).started() as gateway:
        first, second, third, fourth = gateway.places
        assert ask(int(first.rsplit(":", 1)[1]), "GET", "/v1/users/1").status == 200
        assert second.startswith("http://[::1]:") and third == f"unix://{path}"
        wire = Wire.__new__(Wire)
        wire.socket = socket.create_connection(("::1", int(second.rsplit(":", 1)[1])), timeout=10)
        wire.received = b""
        with wire:
            assert wire.send(GET).answer().status == 200
        with UnixWire(path) as wire:
            assert wire.send(GET).answer().status == 200
        port = held.getsockname()[1]
        assert fourth == f"http://127.0.0.1:{port} (fd:web)"
        assert ask(port, "GET", "/v1/users/1").status == 200


# Sockets that the gateway is started with.


def test_sockets_are_taken_by_name_or_number(gateways, backend, short):
    path = short / "held.sock"
    held = [listening(), listening(), listening(socket.AF_UNIX, path), listening()]
    config = gateways.config(
        backend.address, listen=[{"address": "fd:web"}, {"address": "fd:5"}],
        admin={"address": "fd:admin"})
    names = ["web", "web", "other", "admin"]
    with contextlib.ExitStack() as stack:
        for made in held:
            stack.enter_context(made)
        gateway = stack.enter_context(Activated(config, list(zip(names, held))).started())
        ports = [made.getsockname()[1] for made in held if made.family == socket.AF_INET]
        assert gateway.places == [f"http://127.0.0.1:{ports[0]} (fd:web)",
                                  f"http://127.0.0.1:{ports[1]} (fd:web)",
                                  f"unix://{path} (fd:5)"]
        for port in ports[:2]:
            assert ask(port, "GET", "/v1/users/1").status == 200
        with UnixWire(path) as wire:
            assert wire.send(GET).answer().status == 200
        assert ask(ports[2], "GET", "/readyz").status == 200
        for number in range(3, 7):
            flags = pathlib.Path(f"/proc/{gateway.process.pid}/fdinfo/{number}").read_text()
            flags = int(flags.split("flags:")[1].split()[0], 8)
            assert flags & os.O_CLOEXEC and flags & os.O_NONBLOCK
    assert path.exists(), "the file is not the gateway's"


def test_a_held_socket_goes_on_listening_behind_the_gateway(gateways, backend):
    config = gateways.config(backend.address, listen=[{"address": "fd:web"}])
    with listening() as held:
        port = held.getsockname()[1]
        with Activated(config, [("web", held)]).started():
            assert ask(port, "GET", "/v1/users/1").status == 200
        with Wire(port) as waiting:
            waiting.send(GET)
            time.sleep(0.2)
            with Activated(config, [("web", held)]).started():
                assert waiting.answer().status == 200


def test_what_is_not_used_is_told(gateways, backend):
    with listening() as held, listening() as other:
        config = gateways.config(backend.address, listen=[{"address": "fd:web"}])
        with Activated(config, [("web", held), ("more", other)]).started() as gateway:
            gateway.wait_for(r"warning: nobody listens on the socket 'more' \(descriptor 4\)")


@pytest.mark.parametrize(("address", "env", "message"), [
    ("fd:api", {}, "no such socket was passed to this process, only 'web' (descriptor 3)"),
    ("fd:4", {}, "no such socket was passed to this process, only 'web' (descriptor 3)"),
    ("fd:web", {"LISTEN_PID": "1"}, "the sockets were passed to process '1' (LISTEN_PID), not to"),
    ("fd:web", {"LISTEN_FDS": "x"}, "expected a number from 0 to 4096 in LISTEN_FDS, found 'x'"),
    ("fd:web", {"LISTEN_FDNAMES": "a:b"}, "expected 1 names in LISTEN_FDNAMES, found 2"),
    ("fd:4", {"LISTEN_FDS": "2", "LISTEN_FDNAMES": "web:b"}, "descriptor 4 is"),
])
def test_a_socket_that_was_not_passed_is_an_error_at_the_start(gateways, backend, address, env,
                                                               message):
    config = gateways.config(backend.address, listen=[{"address": address}])
    with listening() as held:
        text = refused(config, [("web", held)], env)
    assert f"cannot listen on {address}: {message}" in text


def test_without_any_socket_the_error_names_the_variable(gateways, backend):
    config = gateways.config(backend.address, listen=[{"address": "fd:web"}])
    done = run([binary("transom"), "serve", "--config", str(config)])
    assert done.returncode == 78
    assert ("cannot listen on fd:web: no sockets were passed to this process "
            "(LISTEN_FDS is not set)") in done.stderr
    assert "LISTEN_FDS is 0" in refused(config)
    assert run([binary("transom"), "check", "--config", str(config)]).returncode == 0


@pytest.mark.parametrize("second", ["listen", "admin"])
def test_a_socket_has_one_listener(gateways, backend, second):
    changes = {"listen": [{"address": "fd:web"}, {"address": "fd:3"}]}
    if second == "admin":
        changes = {"listen": [{"address": "fd:web"}], "admin": {"address": "fd:3"}}
    config = gateways.config(backend.address, **changes)
    with listening() as held:
        text = refused(config, [("web", held)])
    assert "cannot listen on fd:3: the socket 'web' (descriptor 3) is taken by fd:web" in text


@pytest.mark.parametrize(("kind", "backlog", "message"), [
    (socket.SOCK_STREAM, None, "the socket at descriptor 3 does not listen"),
    (socket.SOCK_DGRAM, None, "descriptor 3 is no stream socket"),
])
def test_only_a_listening_stream_socket_is_taken(gateways, backend, kind, backlog, message):
    config = gateways.config(backend.address, listen=[{"address": "fd:web"}])
    with listening(kind=kind, backlog=backlog) as held:
        assert message in refused(config, [("web", held)])


def test_a_port_is_shared_only_with_those_who_share_it(gateways, backend):
    first = gateways.start(backend.address, listen=[{"address": "127.0.0.1:0", "share": True}],
                           loops=2)
    address = f"127.0.0.1:{first.port}"
    first.wait_for(rf"listening on http://{address} \(shared\)")
    config = gateways.config(backend.address, listen=[{"address": address}])
    assert f"cannot listen on {address}: address already in use" in refused(config)
    second = gateways.start(backend.address, listen=[{"address": address, "share": True}], loops=2)
    for _ in range(50):
        assert ask(first.port, "GET", "/v1/users/1").status == 200
    assert wait_until(lambda: first.out and second.out), "both get connections"


# Out of descriptors.


def test_a_gateway_without_free_descriptors_waits_and_goes_on(gateways, backend):
    gateway = gateways.start(backend.address)
    pid = gateway.process.pid
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200
    open_now = len(os.listdir(f"/proc/{pid}/fd"))
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_now + 20, hard))
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(gateway.port)) for _ in range(60)]
        for wire in wires:
            wire.send(GET)
        time.sleep(0.3)
        before, start = cpu_seconds(pid), time.monotonic()
        time.sleep(1.5)
        share = (cpu_seconds(pid) - before) / (time.monotonic() - start)
        assert share < 0.5, f"{share:.0%} of a core while nothing can be accepted"
        # Each that goes makes room for one that waits.
        for wire in wires:
            assert wire.answer().status == 200
            wire.close()
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
