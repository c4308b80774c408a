"""Streams seen from a client over HTTP/1.1: chunk by chunk, nothing hidden; and their schema."""
import json
import os
import pathlib
import socket
import threading
import time

import grpc_tools
from grpc_tools import protoc

from gateways import STEERING
from processes import ROOT
from schema import Messages
from wire import SECONDS, STATUS_LINE, TOKEN, VALUE, Answer, Wire, request

PROTO = """
syntax = "proto3";
package streams.v1;
import "google/api/httpbody.proto";
message Item {
  string id = 1;
  int64 number = 2;
  string text = 3;
  Item inner = 4;
  bytes data = 5;
  repeated string tags = 6;
}
message Piece { string name = 1; google.api.HttpBody file = 2; }
message Chunk { string name = 1; bytes data = 2; int32 size = 3; }
message Summary { int64 count = 1; int64 bytes = 2; string text = 3; }
service Streams {
  rpc Get(Item) returns (Item);
  rpc List(Item) returns (stream Item);
  rpc Collect(stream Item) returns (Summary);
  rpc Chat(stream Item) returns (stream Item);
  rpc Download(Item) returns (stream google.api.HttpBody);
  rpc Upload(stream google.api.HttpBody) returns (Summary);
  rpc Put(stream Piece) returns (Summary);
  rpc Store(stream Chunk) returns (Summary);
}
"""
SERVICE = "streams.v1.Streams"
# The sizes that issue and design name; without it the heavy tests are scaled down.
FULL = os.environ.get("TRANSOM_FULL") == "1"
# "Flat" memory: so many KiB above what the gateway holds when idle.
FLAT = 8192
JSON = {"content-type": "application/json"}
NDJSON = {"content-type": "application/x-ndjson"}
ARRAY, LINES, EVENTS = "application/json", "application/x-ndjson", "text/event-stream"


def route(path, method, **options):
    return {"route": path, "rpc": f"{SERVICE}/{method}", **options}


ROUTES = [
    route("GET /items/{id}", "Get"),
    route("GET /list/{id}", "List"),
    route("POST /list", "List", body="*"),
    route("POST /list/{id}", "List", body="inner"),
    route("GET /array/{id}", "List", stream="array"),
    route("GET /sse/{id}", "List", stream="sse"),
    route("GET /named/{id}", "List", stream="sse", sse={"id": "id", "event": "text"}),
    route("GET /inner/{id}", "List", response_body="inner"),
    route("GET /pretty/{id}", "List", json={"pretty": True}),
    route("GET /marked/{id}", "List", success={"status": 202, "headers": {"x-first": "{id}"}}),
    route("GET /brief/{id}", "List", max_stream_duration="300ms"),
    route("GET /hidden/{id}", "List", expose_details=False),
    route("GET /tight/{id}", "List", limits={"message": "1KiB"}),
    route("GET /download/{id}", "Download"),
    route("POST /collect", "Collect", body="*"),
    route("POST /collect/{id}", "Collect", body="*"),
    route("POST /field/{id}", "Collect", body="inner"),
    route("POST /limited", "Collect", body="*", limits={"message": "1KiB"}),
    route("POST /short", "Collect", body="*", limits={"stream_body": "4KiB"}),
    route("POST /chat", "Chat", body="*"),
    route("POST /chat/{id}", "Chat", body="*"),
    route("POST /brief-chat", "Chat", body="*", max_stream_duration="300ms"),
    route("POST /open", "Chat", body="*", websocket={"origins": ["https://*.example.com"]}),
    route("POST /upload", "Upload", body="*"),
    route("POST /files/{name}", "Put", body="file"),
    route("POST /store/{name}", "Store", stream_body="data"),
    route("POST /small/{name}", "Store", stream_body="data", limits={"stream_body": "4KiB"}),
]


def compiled(folder):
    """The messages of the schema above, and the descriptor set that a gateway reads."""
    (folder / "streams.proto").write_text(PROTO)
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    assert protoc.main(["protoc", f"-I{folder}", f"-I{ROOT / 'protos'}", f"-I{well_known}",
                        "--include_imports", f"--descriptor_set_out={folder / 'set'}",
                        str(folder / "streams.proto"), "google/rpc/status.proto",
                        "google/rpc/error_details.proto"]) == 0
    return Messages(folder / "set"), folder / "set"


class Streams:
    """A gateway on the schema above in front of a `StreamBackend`, and its messages."""

    def __init__(self, gateways, backend, folder, detached=False, routes=ROUTES, **changes):
        self.backend = backend
        self.messages, descriptors = compiled(folder)
        address = getattr(backend, "address", backend)
        start = gateways.detached if detached else gateways.start
        self.gateway = start(
            {"address": address, "connections": 1}, routes=routes,
            schema={"descriptor_sets": [str(descriptors)]},
            metadata={"request": [*STEERING, "x-tenant"], "response": ["x-total", "x-mark"]},
            **changes)
        self.port = self.gateway.port

    def item(self, **fields):
        return self.messages["streams.v1.Item"](**fields).SerializeToString()

    def items(self, raw):
        """Raw messages as the JSON that a client should get."""
        return [self.messages.as_json(self.messages["streams.v1.Item"].FromString(one))
                for one in raw]

    def summary(self, **fields):
        return self.messages["streams.v1.Summary"](**fields).SerializeToString()

    def body(self, data, content_type=""):
        return self.messages["google.api.HttpBody"](
            content_type=content_type, data=data).SerializeToString()

    def open(self, method, target, body=None, fields=(), seconds=SECONDS):
        """A request on a connection of its own; its answer is read as the test likes."""
        wire = StreamWire(self.port, seconds)
        wire.send(request(method, target, body, fields))
        return wire

    def ask(self, method, target, body=None, fields=(), seconds=SECONDS):
        """A request, and its answer to the end."""
        with self.open(method, target, body, fields, seconds) as wire:
            return wire.whole(method)

    def call(self, method, target, body=None, fields=()):
        """A request that has reached the backend: the connection and the call."""
        wire = self.open(method, target, body, fields)
        return wire, self.backend.next()

    def listed(self, target, messages, fields=(), finish=()):
        """The whole answer to a GET whose call sends these messages."""
        wire, call = self.call("GET", target, fields=fields)
        call.send(*messages).finish(*finish)
        with wire:
            return wire.whole()

    def some(self, count):
        return [self.item(id=str(n), number=n, text="a\nb") for n in range(count)]

    def resident(self):
        """KiB of memory that the gateway holds."""
        return resident(self.gateway.process.pid)


def narrow(served, target, fields=(), size=32768):
    """A request whose client's kernel holds little of the answer."""
    wire = StreamWire(served.port, 30, receive_buffer=size)
    wire.send(request("GET", target, fields=fields))
    return wire


class Watched:
    """The most memory that a process held, above what it held at the beginning, in KiB."""

    def __init__(self, pid):
        self.pid = pid
        self.most = self.idle = resident(pid)
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        self.most = max(self.most, resident(self.pid))

    @property
    def grown(self):
        return self.most - self.idle

    def _watch(self):
        while not self.done.wait(0.01):
            self.most = max(self.most, resident(self.pid))


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


class StreamWire(Wire):
    """A connection whose answers come in pieces."""

    def __init__(self, port, seconds=SECONDS, receive_buffer=None):
        if receive_buffer is None:
            super().__init__(port, seconds)
        else:  # which has to be set before connecting
            self.socket = socket.socket()
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.socket.settimeout(seconds)
            self.socket.connect(("127.0.0.1", port))
            self.received = b""
        self.framing = None
        self.left = 0
        self.trailers = None

    def head(self, to="GET"):
        """The head of the next answer; an interim one is an answer too."""
        while b"\r\n\r\n" not in self.received:
            self._receive("the end of a head")
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        status_line, *lines = head.split(b"\r\n")
        matched = STATUS_LINE.fullmatch(status_line)
        assert matched, f"not a status line: {status_line!r}"
        answer = Answer(int(matched[1]), fields(lines), b"")
        self.trailers = None
        if to == "HEAD" or answer.status in (204, 304) or answer.status < 200:
            self.framing = "none"
        elif answer.field("transfer-encoding") is not None:
            assert answer.field("transfer-encoding") == "chunked"
            assert answer.field("content-length") is None, answer
            self.framing = "chunked"
        elif answer.field("content-length") is not None:
            self.framing, self.left = "length", int(answer.field("content-length"))
        else:
            self.framing = "close"
        return answer

    def chunk(self):
        """The next chunk as the gateway cut it; the last one is empty, behind it the trailers."""
        assert self.framing == "chunked", f"framed by {self.framing}"
        line = self._line()
        assert line and all(c in b"0123456789abcdef" for c in line), f"chunk size {line!r}"
        size = int(line, 16)
        if size:
            while len(self.received) < size + 2:
                self._receive("the end of a chunk")
            data, end = self.received[:size], self.received[size:size + 2]
            assert end == b"\r\n", f"behind a chunk: {end!r}"
            self.received = self.received[size + 2:]
            return data
        lines = []
        while line := self._line():
            lines.append(line)
        self.trailers = fields(lines)
        return b""

    def until(self, text):
        """What comes in chunks up to one that holds or ends with the text."""
        found = b""
        while text not in found:
            piece = self.chunk()
            assert piece, f"the end before {text!r}: {found!r}"
            found += piece
        return found

    def lines(self, count):
        """So many lines in chunks, parsed."""
        found = b""
        while found.count(b"\n") < count:
            piece = self.chunk()
            assert piece, f"the end after {found!r}"
            found += piece
        return [json.loads(line) for line in found.split(b"\n")[:-1]]

    def body(self):
        """The rest of the answer's body."""
        if self.framing == "chunked":
            found = []
            while piece := self.chunk():
                found.append(piece)
            return b"".join(found)
        if self.framing == "length":
            while len(self.received) < self.left:
                self._receive("the end of a body")
            found, self.received = self.received[:self.left], self.received[self.left:]
            return found
        return self.rest() if self.framing == "close" else b""

    def whole(self, to="GET"):
        answer = self.head(to)
        answer.body = self.body()
        answer.trailers = self.trailers
        return answer

    def _line(self):
        while b"\r\n" not in self.received:
            self._receive("the end of a line")
        line, _, self.received = self.received.partition(b"\r\n")
        return line


def fields(lines):
    found = []
    for line in lines:
        name, colon, value = line.partition(b":")
        assert colon and TOKEN.fullmatch(name) and VALUE.fullmatch(value), f"field {line!r}"
        found.append((name.decode().lower(), value.strip().decode("latin-1")))
    return found


def chunked(*pieces, end=True):
    """Pieces of a body in the chunked coding."""
    coded = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece)
    return coded + (b"0\r\n\r\n" if end else b"")


def events(body):
    """Server-sent events: mappings of field names to values; a comment's name is empty."""
    assert body.endswith(b"\n\n"), body[-100:]
    found = []
    for block in body.decode().removesuffix("\n\n").split("\n\n"):
        event = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            assert name not in event, f"{name} twice in {block!r}"
            event[name] = value.removeprefix(" ")
        found.append(event)
    return found


def elements(form, body):
    """The JSON values of a stream that is whole, strictly read; SSE's end is left out."""
    if form == ARRAY:
        found = json.loads(body)
        assert isinstance(found, list)
        return found
    if form == LINES:
        assert body == b"" or body.endswith(b"\n"), body[-100:]
        return [json.loads(line) for line in body.split(b"\n")[:-1]]
    found = [event for event in events(body) if "data" in event]
    if found[-1].get("event") == "end":
        assert json.loads(found.pop()["data"]) == {}
    return [json.loads(event["data"]) for event in found]


def within(seconds, condition):
    """How long it took until the condition came true; it must in time."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, f"not within {seconds} s"
        time.sleep(0.002)
    return time.monotonic() - start
