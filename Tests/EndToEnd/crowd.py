"""Holds connections to a gateway open, idle ones and ones that write slowly; a program of its own.

    crowd.py PORT IDLE SLOW

It says `held` when all are there, and lets go when its input ends.
"""
import resource
import select
import socket
import sys
import time

GET = b"GET /v1/users/1 HTTP/1.1\r\nHost: crowd\r\n\r\n"
HEAD = b"GET /v1/users/1 HTTP/1.1\r\nHost: crowd\r\nX-Padding: "
BODY = (b"POST /v1/users HTTP/1.1\r\nHost: crowd\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000000\r\n\r\n[")


def connect(port):
    made = socket.socket()
    made.settimeout(30)
    made.connect(("127.0.0.1", port))
    return made


class SlowWriter:
    """A head at a byte a second, or a body at little more than it must have."""

    def __init__(self, port, number):
        self.port = port
        self.is_body = number % 2 == 1
        self.open()

    def open(self):
        self.socket = connect(self.port)
        self.socket.sendall(BODY if self.is_body else HEAD)

    def write(self):
        try:
            self.socket.send(b" " * 300 if self.is_body else b"x")
        except OSError:
            # Its time was over: the next one comes.
            self.socket.close()
            self.open()


def main(port, idle, slow):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = []
    for _ in range(idle):
        made = connect(port)
        # A connection that was used holds what a request leaves behind.
        made.sendall(GET)
        held.append(made)
        if len(held) % 50 == 0 or len(held) == idle:
            for one in held[-(len(held) % 50 or 50):]:
                assert one.recv(4096).startswith(b"HTTP/1.1 200 "), "an idle one was not served"
    writers = [SlowWriter(port, number) for number in range(slow)]
    print("held", flush=True)
    while True:
        start = time.monotonic()
        for number, writer in enumerate(writers):
            writer.write()
            # Spread over the second, not in one burst.
            if number % 20 == 19:
                time.sleep(max(0, start + number / len(writers) - time.monotonic()))
        if select.select([sys.stdin], [], [], max(0, start + 1 - time.monotonic()))[0]:
            break
    lost = [one for one in held if select.select([one], [], [], 0)[0]] if idle < 1000 else []
    print(f"lost {len(lost)}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
