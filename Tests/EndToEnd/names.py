"""Names whose addresses a test may change: a server, and programs that ask no other."""
import os
import random
import shutil
import socket
import struct
import subprocess
import threading

from processes import Gateway, binary

A, AAAA = 1, 28
SERVFAIL, NXDOMAIN = 2, 3


class Names:
    """A DNS server on a loopback address of its own; `answers` maps names to IPv4 addresses.

    `failure`, when set, is the code that everything is answered with. A program asks it if it is
    started by `environment`.
    """

    def __init__(self, folder):
        self.answers = {}
        self.failure = None
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        while True:
            self.address = "127.%d.%d.%d" % tuple(random.randrange(64, 250) for _ in range(3))
            try:
                self.socket.bind((self.address, 53))
                break
            except PermissionError:
                raise
            except OSError:
                continue
        self.resolv = folder / "resolv.conf"
        self.resolv.write_text(f"nameserver {self.address}\noptions timeout:1 attempts:1\n")
        threading.Thread(target=self._serve, daemon=True).start()

    @staticmethod
    def reason_not_to():
        """Why this machine cannot have names of its own; None if it can."""
        if os.geteuid() != 0:
            return "needs root, for port 53 and a mount namespace"
        if not shutil.which("unshare"):
            return "needs unshare"
        tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, text=True)
        return tried.stderr.strip() or "unshare failed" if tried.returncode else None

    def gateway(self, config):
        """A gateway that asks this server for names: it sees another /etc/resolv.conf."""
        return NamedGateway(self.resolv, config)

    def close(self):
        self.socket.close()

    def _serve(self):
        while True:
            try:
                query, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            self.asked += 1
            try:
                self.socket.sendto(self._answer(query), sender)
            except OSError:
                return

    def _answer(self, query):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        question = query[12:at + 5]
        kind, = struct.unpack(">H", question[-4:-2])
        known = self.answers.get(".".join(labels).lower())
        code = self.failure or (0 if known is not None else NXDOMAIN)
        found = known if kind == A and not code else []
        head = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(found), 0, 0)
        return head + question + b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", A, 1, 1, 4) + socket.inet_aton(address)
            for address in found)


class NamedGateway(Gateway):
    """A gateway in a mount namespace of its own."""

    def __init__(self, resolv, config):
        self.resolv = resolv
        super().__init__(config)

    def arguments(self, config):
        script = 'mount --bind "$1" /etc/resolv.conf && exec "$2" serve --config "$3"'
        return ["unshare", "-m", "sh", "-c", script, "sh", str(self.resolv), binary("transom"),
                str(config)]
