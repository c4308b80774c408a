"""Clients over TLS: the wires of `wire` and `streaming`, and the openssl command."""
import re
import socket
import ssl
import subprocess

from streaming import StreamWire
from wire import SECONDS, Wire, request


def context(root=None, certificate=None, protocols=("http/1.1",), version=None):
    """A client's context; without a root it trusts anybody."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if root:
        made.load_verify_locations(root)
    else:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if certificate:
        made.load_cert_chain(certificate.certificate, certificate.key)
    if protocols:
        made.set_alpn_protocols(list(protocols))
    if version:
        made.minimum_version = made.maximum_version = version
    return made


class SecureWire(Wire):
    """A connection to the gateway over TLS."""

    def __init__(self, port, secure=None, name="localhost", seconds=SECONDS, session=None):
        super().__init__(port, seconds)
        self.socket = (secure or context()).wrap_socket(
            self.socket, server_hostname=name, session=session)

    def said_goodbye(self):
        """Whether the gateway's close_notify comes before the end of the connection."""
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ssl.SSLError:
            return False


class SecureStreamWire(StreamWire):
    """A connection over TLS whose answers come in pieces."""

    def __init__(self, port, secure=None, seconds=SECONDS, receive_buffer=None):
        super().__init__(port, seconds, receive_buffer)
        self.socket = (secure or context()).wrap_socket(self.socket, server_hostname="localhost")


def ask_secure(port, method="GET", target="/v1/users/1", body=None, fields=(), **options):
    """One request on a TLS connection of its own, and its answer."""
    with SecureWire(port, **options) as wire:
        return wire.send(request(method, target, body, fields)).answer(to=method)


def s_client(port, *arguments, input="", seconds=20):
    """What the openssl command says as a client."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *arguments],
        input=input, capture_output=True, text=True, timeout=seconds)
    return done.stdout + done.stderr


def negotiated(text):
    """Version and cipher of what `s_client` has printed; None without a session."""
    found = re.search(r"^(?:New|Reused), (TLSv1\.\d), Cipher is (\S+)", text, re.M)
    return found and found.groups()


def client_hello(port):
    """The first bytes of a client, as Python's ssl writes them."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    engine = context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        engine.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return engine, incoming, outgoing


def raw(port, seconds=SECONDS):
    return socket.create_connection(("127.0.0.1", port), timeout=seconds)
