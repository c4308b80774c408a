"""What the tests share: the compiled schema, a backend and gateways for each module."""
import pytest

from backends import RawBackend
from gateways import Gateways
from processes import ROOT, DemoBackend, Gateway
from schema import Messages, compile_set


@pytest.fixture(scope="session")
def descriptors(tmp_path_factory):
    """A descriptor set of protos/."""
    path = tmp_path_factory.mktemp("schema") / "user.binpb"
    compile_set(path)
    return path


@pytest.fixture(scope="session")
def messages(descriptors):
    return Messages(descriptors)


@pytest.fixture(scope="module")
def gateways(tmp_path_factory, descriptors):
    made = Gateways(tmp_path_factory.mktemp("gateways"), descriptors)
    with made.stack:
        yield made


@pytest.fixture(scope="module")
def backend():
    """A backend that is told by metadata how to answer, and keeps what it was asked."""
    raw = RawBackend()
    yield raw
    raw.stop()


@pytest.fixture(scope="module")
def gateway(gateways, backend):
    """The module's gateway in front of the module's backend."""
    return gateways.start(backend.address)


@pytest.fixture(scope="session")
def sample():
    """The sample backend, and the gateway on docker/transom.yaml in front of it."""
    with DemoBackend() as backend:
        with Gateway(ROOT / "docker" / "transom.yaml", {
                "TRANSOM_LISTEN_ADDRESS": "127.0.0.1:0",
                "TRANSOM_ADMIN_ADDRESS": "127.0.0.1:0",
                "TRANSOM_USERS_ADDRESS": backend.address}) as gateway:
            yield gateway
