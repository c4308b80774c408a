"""A way to a backend on which all frames of HTTP/2 are noted that go by."""
import socket
import struct
import threading
import time

from raw_peer import GOAWAY, PREFACE


class Tap:
    """Passes connections on to `target`.

    `opened` has the time of each, `heard` what clients say as (kind, flags, time, number of the
    connection), `said` what the backend says as (kind, error code or None).
    """

    def __init__(self, target):
        self.opened, self.heard, self.said = [], [], []
        host, port = target.rsplit(":", 1)
        self.target = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            self.opened.append(time.monotonic())
            number = len(self.opened)
            for source, sink, skipped, note in (
                    (client, server, len(PREFACE), lambda kind, flags, _, number=number:
                     self.heard.append((kind, flags, time.monotonic(), number))),
                    (server, client, 0, lambda kind, flags, payload: self.said.append(
                        (kind, struct.unpack_from(">I", payload, 4)[0]
                         if kind == GOAWAY else None)))):
                threading.Thread(target=self._pass, args=(source, sink, skipped, note),
                                 daemon=True).start()

    @staticmethod
    def _pass(source, sink, skipped, note):
        unread = b""
        try:
            while data := source.recv(65536):
                sink.sendall(data)
                unread += data
                if skipped:
                    if len(unread) < skipped:
                        continue
                    unread, skipped = unread[skipped:], 0
                while len(unread) >= 9 and len(unread) >= 9 + int.from_bytes(unread[:3], "big"):
                    end = 9 + int.from_bytes(unread[:3], "big")
                    note(unread[3], unread[4], unread[9:end])
                    unread = unread[end:]
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
