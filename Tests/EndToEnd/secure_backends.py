"""gRPC backends over TLS: grpcio's, and one on Python's ssl that tells what was negotiated."""
import pathlib
import socket
import ssl
import threading

import grpc

from backends import RawBackend, StreamBackend
from health import HealthBackend
from scripted import Connection, ScriptedBackend


class Secure:
    """Takes calls over TLS; with `clients`, only from who has a certificate of that root."""

    def __init__(self, identity, clients=None, **options):
        self.credentials = grpc.ssl_server_credentials(
            [identity.texts],
            root_certificates=pathlib.Path(clients).read_bytes() if clients else None,
            require_client_auth=clients is not None)
        super().__init__(**options)

    def bind(self, address):
        return self.server.add_secure_port(address, self.credentials)


class SecureBackend(Secure, RawBackend):
    """Keeps who the gateway is, as its certificate says."""

    def __init__(self, *arguments, **options):
        self.subjects = []
        super().__init__(*arguments, **options)

    def _answer(self, method, request, context):
        self.subjects.append(context.auth_context().get("x509_common_name", [None])[0])
        return super()._answer(method, request, context)


class SecureStreamBackend(Secure, StreamBackend):
    pass


class SecureHealthBackend(Secure, HealthBackend):
    pass


class SecureScripted(ScriptedBackend):
    """A `ScriptedBackend` over Python's ssl; `handshakes` tells of each what was agreed on."""

    def __init__(self, identity, script=None, protocols=("h2",), version=None,
                 clients=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(identity.certificate, identity.key)
        if protocols:
            self.context.set_alpn_protocols(list(protocols))
        if clients:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(clients)
        if version:
            self.context.minimum_version = self.context.maximum_version = version
            self.context.set_ciphers("ALL:@SECLEVEL=0")
        self.handshakes = []
        self.failures = []
        self.names = []
        self.context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        super().__init__(script)

    def _accept(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._handshake, args=(accepted,), daemon=True).start()

    def _handshake(self, accepted):
        try:
            secured = self.context.wrap_socket(accepted, server_side=True)
        except (OSError, ssl.SSLError) as error:
            self.failures.append(error)
            accepted.close()
            return
        self.handshakes.append((secured.version(), secured.selected_alpn_protocol(),
                                secured.session_reused))
        self.accepted += 1
        self.connections.append(Connection(self, secured))
