"""Networks between a gateway and its backend: far away, slow, silent, broken."""
import json
import pathlib
import socket
import subprocess
import sys


class Network:
    """A proxy process in front of `target`; see `netproxy` for what it can do."""

    def __init__(self, target, **order):
        self.process = subprocess.Popen(
            [sys.executable, str(pathlib.Path(__file__).with_name("netproxy.py")), target],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[-1]
        self.set(**order)

    def set(self, **order):
        """Changes `delay` (seconds, each way), `rate` (bytes a second), `stall` ("up", "down",
        "both" or None), `is_silent` (connections go nowhere); `cut` is "fin" or "rst"."""
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class BlackHole:
    """An address where no SYN is answered: a listener whose queue is full."""

    def __enter__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(self.listener.getsockname())
            self.fillers.append(filler)
        return self

    def __exit__(self, *_):
        for one in (*self.fillers, self.listener):
            one.close()
