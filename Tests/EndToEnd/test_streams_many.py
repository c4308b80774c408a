"""Many silent streams at once: each message comes in time, and none costs much."""
import pathlib
import re
import selectors
import socket
import subprocess
import sys
import time

import pytest

from streaming import EVENTS, FULL, Streams
from wire import request

STREAMS = 1000 if FULL else 100
MESSAGES = 10 if FULL else 3
LATE = 0.05


@pytest.fixture
def crowd():
    program = subprocess.Popen(
        [sys.executable, str(pathlib.Path(__file__).parent / "sse_crowd.py"), str(MESSAGES)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield f"127.0.0.1:{int(program.stdout.readline())}"
    finally:
        program.stdin.close()
        program.wait(10)
        program.stdout.close()


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_messages_of_many_event_streams_come_in_time(gateways, crowd, tmp_path):
    served = Streams(gateways, crowd, tmp_path)
    pid = served.gateway.process.pid
    idle = served.resident()
    late, ends = [], 0
    selector = selectors.DefaultSelector()
    start = time.monotonic()
    for _ in range(STREAMS):
        client = socket.create_connection(("127.0.0.1", served.port), timeout=10)
        client.sendall(request("GET", "/list/7", fields={"accept": EVENTS}))
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ)
    opened = time.monotonic() - start
    cpu = cpu_seconds(pid)
    most = idle
    deadline = time.monotonic() + MESSAGES + 15
    try:
        while ends < STREAMS:
            assert time.monotonic() < deadline, f"{ends} of {STREAMS} ended"
            for key, _ in selector.select(0.5):
                data = key.fileobj.recv(65536)
                now = time.monotonic_ns()
                assert data, "closed"
                for number in re.findall(rb'data: {"number":"(\d+)"}', data):
                    late.append((now - int(number)) / 1e9)
                if b"event: end" in data:
                    ends += 1
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
            if ends == 0:
                most = max(most, served.resident())
    finally:
        for key in list(selector.get_map().values()):
            key.fileobj.close()
        selector.close()
    assert len(late) == STREAMS * MESSAGES, "every message, none split"
    late.sort()
    print(f"{STREAMS} streams opened in {opened:.2f} s; {len(late)} messages: median "
          f"{late[len(late) // 2] * 1000:.1f} ms, 99 % {late[len(late) * 99 // 100] * 1000:.1f} ms,"
          f" worst {late[-1] * 1000:.1f} ms; {(most - idle) / STREAMS:.1f} KiB a stream;"
          f" {(cpu_seconds(pid) - cpu) / len(late) * 1e6:.0f} us of the gateway's CPU a message")
    assert late[len(late) * 99 // 100] < LATE
