"""One stream over a way of 50 ms there and back: a window raised to fit fills it."""
import socket
import threading
import time

import pytest

from network import Network
from processes import run
from raw_peer import DATA, HEAD, OK, RawPeer, frame, message, varint
from streaming import FULL, compiled, route

RTT = 0.05
SIZE = (512 << 20) if FULL else (48 << 20)
# 1 Gbit/s, and what the issue asks for of it.
LINE = 125e6
SHARE = 0.8
PIECE = 256 << 10


def body(data):
    """google.api.HttpBody with these bytes."""
    return b"\x0a\x18application/octet-stream\x12" + varint(len(data)) + data


# Four messages, cut into frames of 16 KiB.
BLOCK = message(body(bytes(PIECE))) * 4


def blast(call):
    """As many bytes as the windows allow, as fast as the socket takes them."""
    connection = call.connection
    frames = b"".join(frame(DATA, call.stream, BLOCK[at:at + 16384])
                      for at in range(0, len(BLOCK), 16384))
    call.headers(HEAD)
    sent = 0
    extra = connection.first_window - 65535
    while sent < SIZE:
        while min(connection.windows[0], connection.windows[call.stream] + extra) < (
                sent + len(BLOCK)):
            if connection.is_closed.is_set():
                return
            time.sleep(0.0005)
        call.send(frames)
        sent += len(BLOCK)
    call.headers(OK, end=True)


def raw(size):
    """Bytes a second that the way itself passes, without HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with Network("127.0.0.1:%d" % listener.getsockname()[1], delay=RTT / 2) as network:
            def serve():
                accepted, _ = listener.accept()
                with accepted:
                    accepted.recv(1)
                    block = bytes(1 << 20)
                    for _ in range(size >> 20):
                        accepted.sendall(block)

            threading.Thread(target=serve, daemon=True).start()
            host, port = network.address.split(":")
            with socket.create_connection((host, int(port))) as client:
                space = bytearray(1 << 20)
                client.sendall(b"x")
                got = client.recv_into(space)
                start = time.monotonic()
                while count := client.recv_into(space):
                    got += count
                assert got == size
                return size / (time.monotonic() - start)


def through(gateway):
    """Bytes a second of one download by curl, from its first to its last."""
    figures = "%{http_code} %{size_download} %{time_starttransfer} %{time_total}"
    done = run(["curl", "-sS", "-o", "/dev/null", "-w", figures,
                f"http://127.0.0.1:{gateway.port}/download/1"], seconds=300)
    status, size, first, last = done.stdout.split()
    # What comes behind the messages' own bytes is not counted here.
    assert status == "200" and int(size) >= 0.98 * SIZE, (done.stdout, done.stderr)
    return int(size) / (float(last) - float(first))


@pytest.fixture(scope="module")
def peer():
    with RawPeer() as made:
        made.script = blast
        yield made


@pytest.fixture(scope="module")
def start(gateways, peer, tmp_path_factory):
    _, descriptors = compiled(tmp_path_factory.mktemp("schema"))

    def start(address, **limits):
        return gateways.start(address, routes=[route("GET /download/{id}", "Download")],
                              schema={"descriptor_sets": [str(descriptors)]}, limits=limits)
    return start


def test_a_window_raised_to_fit_fills_a_far_way(start, peer):
    with Network(peer.address, delay=RTT / 2) as network:
        gateway = start(network.address, stream_window="16MiB")
        through(gateway)  # the connection is there, the memory is warm
        line, got = raw(SIZE), through(gateway)
        near = through(start(peer.address, stream_window="16MiB"))
        wanted = SHARE * min(LINE, line, near)
        print(f"\n50 ms, one stream of {SIZE >> 20} MiB: the way alone {line / 1e6:.0f} MB/s, "
              f"through the gateway {got / 1e6:.0f} MB/s, without a way {near / 1e6:.0f} MB/s")
        assert got >= wanted, f"expected {wanted / 1e6:.0f} MB/s"


def test_the_default_window_bounds_what_a_far_stream_takes(start, peer, monkeypatch):
    """256 KiB in 50 ms are 5 MB/s: so much and no more is on the way at once."""
    monkeypatch.setattr("test_throughput.SIZE", 4 << 20)
    monkeypatch.setattr("test_throughput.BLOCK", message(body(bytes(4096))))
    with Network(peer.address, delay=RTT / 2) as network:
        got = through(start(network.address))
        print(f"\n50 ms, the default window: {got / 1e6:.1f} MB/s")
        assert got < 1.1 * (256 << 10) / RTT
