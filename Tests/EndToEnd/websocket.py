"""A WebSocket spoken by hand: frames as they are, right or wrong (RFC 6455, 5)."""
import base64
import hashlib
import os
import struct

from streaming import StreamWire
from wire import request

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = base64.b64encode(bytes(16)).decode()
HANDSHAKE = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
             "sec-websocket-key": KEY}
ACCEPT = base64.b64encode(
    hashlib.sha1((KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()


def frame(kind, payload=b"", final=True, masked=True, reserved=0, length=None):
    """A client's frame; `length` writes another than the payload's, `(width, value)`."""
    first = (0x80 if final else 0) | reserved << 4 | kind
    mask_bit = 0x80 if masked else 0
    width, value = length or (
        (0 if len(payload) < 126 else 2 if len(payload) < 65536 else 8), len(payload))
    if width == 0:
        head = struct.pack(">BB", first, mask_bit | value)
    elif width == 2:
        head = struct.pack(">BBH", first, mask_bit | 126, value)
    else:
        head = struct.pack(">BBQ", first, mask_bit | 127, value)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))


def closing(code=None, reason=b""):
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


class RawSocket(StreamWire):
    """An open WebSocket."""

    def __init__(self, port, target="/chat", fields=None, seconds=15):
        super().__init__(port, seconds)
        self.send(request("GET", target, fields={**HANDSHAKE, **(fields or {})}))
        self.opening = self.head()
        assert self.opening.status == 101, self.opening
        assert self.opening.field("sec-websocket-accept") == ACCEPT
        assert self.opening.field("upgrade").lower() == "websocket"

    def frame(self):
        """The next frame of the gateway's: its kind and its payload."""
        first, second = self._take(2)
        assert first & 0x80, "the gateway does not fragment"
        assert not first & 0x70 and not second & 0x80, "no reserved bits, no mask"
        length = second & 0x7F
        if length == 126:
            length, = struct.unpack(">H", self._take(2))
            assert length > 125
        elif length == 127:
            length, = struct.unpack(">Q", self._take(8))
            assert length > 65535
        return first & 0x0F, self._take(length)

    def message(self):
        """The next frame that is not a ping."""
        while True:
            kind, payload = self.frame()
            if kind != PING:
                return kind, payload

    def close_code(self):
        """The code of the close frame, behind which the connection ends; messages are dropped."""
        kind, payload = self.message()
        while kind != CLOSE:
            kind, payload = self.message()
        assert self.is_closed_within(5), "nothing behind a close frame"
        return struct.unpack(">H", payload[:2])[0] if payload else None

    def _take(self, count):
        while len(self.received) < count:
            self._receive("the rest of a frame")
        taken, self.received = self.received[:count], self.received[count:]
        return taken
