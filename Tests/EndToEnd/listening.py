"""Gateways on unix sockets and on sockets that their parent holds, as systemd passes them."""
import os
import re
import socket
import sys

from processes import Program, binary
from wire import SECONDS, Wire

# Puts the sockets at descriptors 3 and up, then becomes the program: LISTEN_PID is its own.
BECOME = """
import fcntl, os, sys
count = int(sys.argv[1])
given = [int(number) for number in sys.argv[2:2 + count]]
copies = [fcntl.fcntl(number, fcntl.F_DUPFD, 100) for number in given]
for number in given:
    os.close(number)
for place, copy in enumerate(copies, 3):
    os.dup2(copy, place)
    os.close(copy)
os.environ.setdefault("LISTEN_PID", str(os.getpid()))
os.environ.setdefault("LISTEN_FDS", str(count))
os.execv(sys.argv[2 + count], sys.argv[2 + count:])
"""


def listening(family=socket.AF_INET, address=("127.0.0.1", 0), backlog=4096, kind=socket.SOCK_STREAM):
    """A socket such as systemd would open: bound and listening; nothing is accepted from it."""
    made = socket.socket(family, kind)
    made.bind(str(address) if family == socket.AF_UNIX else address)
    if kind == socket.SOCK_STREAM and backlog is not None:
        made.listen(backlog)
    return made


class Activated(Program):
    """A gateway that is started with sockets: `sockets` are pairs of a name and a socket."""

    def __init__(self, config, sockets, env=None):
        numbers = [made.fileno() for _, made in sockets]
        names = {"LISTEN_FDNAMES": ":".join(name for name, _ in sockets)} if sockets else {}
        super().__init__(
            [sys.executable, "-S", "-c", BECOME, str(len(numbers)), *map(str, numbers),
             binary("transom"), "serve", "--config", str(config)],
            env={**os.environ, **names, **(env or {})}, pass_fds=numbers)

    def started(self):
        """The same, once it listens; what it says that it listens on in `places`."""
        try:
            self.wait_for("admin on")
        except BaseException:
            self.kill()
            raise
        self.places = [found.group(1) for found in
                       (re.search(r"listening on (.*)", line) for line in list(self.err)) if found]
        return self


class UnixWire(Wire):
    """A connection to a gateway's unix socket."""

    def __init__(self, path, seconds=SECONDS):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        self.socket.connect(str(path))
        self.received = b""
