"""What the tests share: the compiled schema, a backend and gateways for each module."""
import pytest

from backends import RawBackend
from gateways import Gateways
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
