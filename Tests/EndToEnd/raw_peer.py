"""A gRPC peer of HTTP/2 frames written by hand, so that any of them can be wrong."""
import collections
import queue
import socket
import struct
import threading

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, \
    CONTINUATION = range(10)
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME, MAX_HEADER_LIST = \
    range(1, 7)

HEAD = [(":status", "200"), ("content-type", "application/grpc")]
OK = [("grpc-status", "0")]
USER = b"\x0a\x04good"  # user.v1.User with the id "good"


def frame(kind, stream=0, payload=b"", flags=0, length=None):
    """A frame of HTTP/2; its `length` may be a lie."""
    size = len(payload) if length is None else length
    return struct.pack(">I", size)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(*pairs):
    """The payload of a SETTINGS frame."""
    return b"".join(struct.pack(">HI", name, value) for name, value in pairs)


def message(data=USER, compressed=0, length=None):
    """A gRPC message with its prefix; its `length` may be a lie."""
    return struct.pack(">BI", compressed, len(data) if length is None else length) + data


def number(value):
    return struct.pack(">I", value)


def field(name, value):
    """A literal field of HPACK without indexing and Huffman, whatever its bytes."""
    def text(data):
        return (bytes([len(data)]) if len(data) < 127
                else b"\x7f" + varint(len(data) - 127)) + data
    return b"\x00" + text(name) + text(value)


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


class RawCall:
    """One request, and the frames that answer it."""

    def __init__(self, connection, stream):
        self.connection = connection
        self.stream = stream

    @property
    def body(self):
        """What has come of the request's messages."""
        return self.connection.bodies[self.stream]

    def send(self, *frames):
        """Sends bytes in one piece."""
        self.connection.send(b"".join(frames))
        return self

    def frame(self, kind, payload=b"", flags=0, **options):
        return self.send(frame(kind, self.stream, payload, flags, **options))

    def headers(self, fields, end=False):
        return self.send(self.head(fields, end))

    def head(self, fields, end=False, flags=END_HEADERS):
        """The bytes of a HEADERS frame of this call."""
        block = fields if isinstance(fields, bytes) else self.connection.encoder.encode(fields)
        return frame(HEADERS, self.stream, block, flags | (END_STREAM if end else 0))

    def data(self, payload, end=False):
        return self.send(frame(DATA, self.stream, payload, END_STREAM if end else 0))

    def answer(self, data=USER, fields=OK):
        """A whole answer as it should be."""
        return self.send(self.head(HEAD), frame(DATA, self.stream, message(data)),
                         self.head(fields, end=True))

    def reset(self, code):
        return self.frame(RST_STREAM, number(code))


class RawConnection:
    """One connection of the gateway, on a thread of its own."""

    def __init__(self, peer, accepted):
        self.peer = peer
        self.socket = accepted
        self.encoder = hpack.Encoder()
        # Fields as they were on the wire: nothing goes into the table behind the gateway's back.
        self.encoder.header_table_size = 0
        self.window = 65535
        self.windows = collections.defaultdict(lambda: 65535)
        self.first_window = 65535
        self.unread = b""
        self.resets = []
        self.heads = 0
        self.bodies = collections.defaultdict(bytes)
        self.may_read = threading.Event()
        self.may_read.set()
        self.go_away = None
        self.guard = threading.Lock()
        self.is_closed = threading.Event()
        self.ended = threading.Event()  # a request has come whole
        self.calls = queue.SimpleQueue()
        peer.connections.append(self)
        self.reader = threading.Thread(target=self._serve, daemon=True)
        self.reader.start()
        threading.Thread(target=self._play, daemon=True).start()

    def send(self, data):
        try:
            with self.guard:
                self.socket.sendall(data)
        except OSError:
            pass  # the gateway has had enough

    def greet(self, *pairs):
        self.send(frame(SETTINGS, payload=settings(*pairs)))

    def reset_by_tcp(self):
        """Closes with RST instead of FIN; a thread that reads would keep the socket open."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if self.reader is not threading.current_thread():
            self.socket.shutdown(socket.SHUT_RD)
            self.reader.join(5)
        self.socket.close()

    def close(self):
        self.may_read.set()
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def leave(self, seconds=5):
        """Says goodbye by FIN and waits until the gateway has understood."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        self.is_closed.wait(seconds)
        self.close()

    def _serve(self):
        try:
            self.peer.greeting(self)
            assert self._read(len(PREFACE)) == PREFACE
            while self.may_read.wait():
                head = self._read(9)
                kind, flags, stream = struct.unpack(">BBI", head[3:])
                self._take(kind, flags, stream, self._read(int.from_bytes(head[:3], "big")))
        except (OSError, EOFError, AssertionError):
            pass
        finally:
            self.is_closed.set()
            self.calls.put(None)

    def _read(self, count):
        while len(self.unread) < count:
            data = self.socket.recv(1 << 20)
            if not data:
                raise EOFError
            self.unread += data
        piece, self.unread = self.unread[:count], self.unread[count:]
        return piece

    def _play(self):
        while (call := self.calls.get()) is not None:
            self.peer.script(call)

    def _take(self, kind, flags, stream, payload):
        if kind in (SETTINGS, PING) and not flags & ACK:
            if kind == SETTINGS:
                for at in range(0, len(payload), 6):
                    name, value = struct.unpack_from(">HI", payload, at)
                    if name == INITIAL_WINDOW:
                        self.first_window = value
            if self.peer.acknowledges:
                self.send(frame(kind, 0, payload if kind == PING else b"", ACK))
        elif kind == WINDOW_UPDATE:
            self.windows[stream] += int.from_bytes(payload, "big")
        elif kind == RST_STREAM:
            self.resets.append((stream, int.from_bytes(payload, "big")))
        elif kind == GOAWAY:
            self.go_away = int.from_bytes(payload[4:8], "big")
        if kind == HEADERS:
            self.heads += 1
        if kind == DATA:
            self.bodies[stream] += payload
        if kind == DATA and flags & END_STREAM:
            self.ended.set()
        if kind == (HEADERS if self.peer.is_early else DATA) and (
                self.peer.is_early or flags & END_STREAM):
            call = RawCall(self, stream)
            self.peer.calls.append(call)
            self.calls.put(call)


def greet(connection):
    connection.greet()


def answer(call):
    call.answer()


class RawPeer:
    """A listener that greets each connection by `greeting` and plays `script` for each call.

    `acknowledges` is whether SETTINGS and PING are, `is_early` whether the script begins with the
    request's head instead of its end.
    """

    def __init__(self):
        self.connections = []
        self.calls = []
        self.behave()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def behave(self):
        """Is a good peer from now on."""
        self.greeting = greet
        self.script = answer
        self.acknowledges = True
        self.is_early = False

    def leave(self):
        """Ends the connections there are, so that the next call makes one."""
        for connection in self.connections:
            connection.leave()
        self.connections.clear()

    def _accept(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            RawConnection(self, accepted)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            connection.close()
