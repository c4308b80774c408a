"""A TCP proxy in a process of its own, that delays, throttles, stalls and cuts.

Run with the address to pass on to; it says where it listens, then obeys a JSON line each.
"""
import collections
import json
import os
import selectors
import socket
import struct
import sys
import time

CHUNK = 1 << 18
# What one direction may hold: 1 Gbit/s needs 3 MB for 25 ms.
HELD = 64 << 20


class Pipe:
    """One direction of one connection: bytes leave in order, each not before its time."""

    def __init__(self, proxy, name, source, sink):
        self.proxy = proxy
        self.name = name
        self.source, self.sink = source, sink
        self.waiting = collections.deque()
        self.held = 0
        self.may_send_at = 0
        self.is_blocked = False
        self.has_ended = False
        self.is_done = False

    @property
    def wants_to_read(self):
        return not self.has_ended and self.held < HELD

    @property
    def is_stalled(self):
        return self.proxy.stall in (self.name, "both")

    def due(self):
        """When it has something to do; None when it waits for a socket."""
        if self.is_stalled or self.is_blocked or not self.waiting:
            return None
        return max(self.waiting[0][0], self.may_send_at)

    def read(self, now):
        while self.wants_to_read:
            try:
                data = self.source.recv(CHUNK)
            except BlockingIOError:
                return
            self.waiting.append((now + self.proxy.delay, memoryview(data)))
            self.held += len(data)
            if not data:
                self.has_ended = True
            if len(data) < CHUNK:
                return

    def write(self, now):
        while (due := self.due()) is not None and due <= now:
            at, data = self.waiting[0]
            if not data:
                self.waiting.popleft()
                self.is_done = True
                self.sink.shutdown(socket.SHUT_WR)
                return
            rate = self.proxy.rate
            piece = data[:max(1, rate // 100)] if rate else data
            try:
                sent = self.sink.send(piece)
            except BlockingIOError:
                self.is_blocked = True
                return
            self.held -= sent
            if rate:
                self.may_send_at = now + sent / rate
            if sent == len(data):
                self.waiting.popleft()
            else:
                self.waiting[0] = (at, data[sent:])


class Proxy:
    """Takes connections and orders; everything on one thread."""

    def __init__(self, target):
        host, port = target.rsplit(":", 1)
        self.target = (host, int(port))
        self.delay, self.rate, self.stall, self.is_silent = 0, 0, None, False
        self.pipes = []
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.selector.register(sys.stdin, selectors.EVENT_READ, self.obey)
        self.orders = b""

    def accept(self, _):
        client, _ = self.listener.accept()
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.is_silent:
            self.pipes.append(Pipe(self, "none", client, client))
            return
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            self.end(client, "rst")
            return
        server.setblocking(False)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        up, down = Pipe(self, "up", client, server), Pipe(self, "down", server, client)
        self.pipes += [up, down]
        for own, (reads, writes) in ((client, (up, down)), (server, (down, up))):
            self.selector.register(own, selectors.EVENT_READ, (reads, writes))

    def obey(self, _):
        data = os.read(sys.stdin.fileno(), 65536)
        if not data:
            sys.exit(0)
        self.orders += data
        *lines, self.orders = self.orders.split(b"\n")
        for line in lines:
            order = json.loads(line)
            if how := order.pop("cut", None):
                for pipe in list(self.pipes):
                    self.end(pipe.source, how)
                self.pipes.clear()
            for name, value in order.items():
                setattr(self, name, value)
            print("done", flush=True)

    def end(self, own, how):
        """Closes a socket by FIN or RST."""
        if own.fileno() < 0:
            return
        if own in self.selector.get_map():
            self.selector.unregister(own)
        if how == "rst":
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        own.close()

    def lose(self, *pipes):
        """A socket has failed: its other side is reset."""
        for pipe in [one for one in self.pipes if {one.source, one.sink} & {
                end for pipe in pipes for end in (pipe.source, pipe.sink)}]:
            self.end(pipe.source, "rst")
            self.pipes.remove(pipe)

    def run(self):
        print("listening on 127.0.0.1:%d" % self.listener.getsockname()[1], flush=True)
        while True:
            dues = [due for pipe in self.pipes if (due := pipe.due()) is not None]
            wait = max(0, min(dues) - time.monotonic()) if dues else None
            events = self.selector.select(wait)
            now = time.monotonic()
            for key, mask in events:
                if callable(key.data):
                    key.data(mask)
                    continue
                reads, writes = key.data
                try:
                    if mask & selectors.EVENT_WRITE:
                        writes.is_blocked = False
                    if mask & selectors.EVENT_READ:
                        reads.read(now)
                except OSError:
                    self.lose(reads, writes)
            for pipe in list(self.pipes):
                try:
                    pipe.write(now)
                except OSError:
                    self.lose(pipe)
            self.watch()

    def watch(self):
        """Waits for what each socket is needed for, and closes what both sides have ended."""
        for key in list(self.selector.get_map().values()):
            if callable(key.data):
                continue
            reads, writes = key.data
            if reads.is_done and writes.is_done:
                self.end(key.fileobj, "fin")
                self.pipes = [one for one in self.pipes if one not in (reads, writes)]
                continue
            mask = (selectors.EVENT_READ if reads.wants_to_read else 0) | (
                selectors.EVENT_WRITE if writes.is_blocked else 0)
            # One that waits for nothing must stay: a mask of 0 is not taken.
            if mask and mask != key.events:
                self.selector.modify(key.fileobj, mask, key.data)
            elif not mask and key.events != selectors.EVENT_WRITE:
                self.selector.modify(key.fileobj, selectors.EVENT_WRITE, key.data)


if __name__ == "__main__":
    Proxy(sys.argv[1]).run()
