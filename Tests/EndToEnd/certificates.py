"""Certificates for tests, made by the openssl command in a folder of the test run's own."""
import dataclasses
import pathlib

from processes import run

CONFIGURATION = """
[ca]
default_ca = authority
[authority]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
unique_subject = no
policy = policy
[policy]
organizationName = optional
commonName = optional
[req]
distinguished_name = name
[name]
"""
LOCAL = "DNS:localhost,IP:127.0.0.1"
NOW = ("20200101000000Z", "20491231000000Z")
PAST = ("20200101000000Z", "20210101000000Z")
FUTURE = ("20480101000000Z", "20491231000000Z")


@dataclasses.dataclass
class Issued:
    """A certificate and its key, by their files."""

    certificate: str
    key: str

    @property
    def keys(self):
        """As a configuration names them."""
        return {"certificate": self.certificate, "key": self.key}

    @property
    def texts(self):
        """The key and the certificate, in grpcio's order."""
        return pathlib.Path(self.key).read_bytes(), pathlib.Path(self.certificate).read_bytes()


class Authority:
    """A root, and what it signs."""

    def __init__(self, folder, name="Test Root"):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.txt").write_text("")
        (folder / "ca.cnf").write_text(CONFIGURATION)
        self._openssl("req", "-x509", "-config", "ca.cnf", "-subj", f"/CN={name}", "-days", "3650",
                      *self._new_key("root"), "-out", "root.pem",
                      "-addext", "basicConstraints=critical,CA:TRUE")
        self.root = str(folder / "root.pem")

    def issue(self, name, names=LOCAL, subject=None, dates=NOW):
        """A certificate for alternative names such as `DNS:a.test,IP:127.0.0.1`."""
        self._openssl("req", "-config", "ca.cnf", "-subj", subject or f"/CN={name}",
                      *self._new_key(name), "-out", f"{name}.csr")
        extensions = "basicConstraints=CA:FALSE\n" + (f"subjectAltName={names}\n" if names else "")
        (self.folder / f"{name}.ext").write_text(extensions)
        self._openssl("ca", "-batch", "-config", "ca.cnf", "-cert", "root.pem",
                      "-keyfile", "root.key", "-in", f"{name}.csr", "-out", f"{name}.pem",
                      "-extfile", f"{name}.ext", "-startdate", dates[0], "-enddate", dates[1],
                      "-notext")
        return Issued(str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key"))

    @staticmethod
    def _new_key(name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", f"{name}.key"]

    def _openssl(self, *arguments):
        done = run(["openssl", *arguments], seconds=30, cwd=self.folder)
        assert done.returncode == 0, done.stderr
