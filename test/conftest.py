"""One PostgreSQL and a few servers for the whole run; people and a class for each test."""

import os
import resource
import shutil
import signal
import subprocess
import tempfile

import pytest

from support import process
from support.process import Chatd, Cluster, Server
from support.school import create_class, sign_up


def pytest_configure(config):
    for name in ("mc-server", "mc-chatd", "mc-admin"):
        if not os.access(process.program(name), os.X_OK):
            pytest.exit(f"{process.program(name)} is missing: make first, or set MC_BUILD", 2)

    # SIGTERM ends like Ctrl-C, so that everything started is stopped.
    def interrupt(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def pytest_collection_modifyitems(config, items):
    if not process.SANITIZED:
        return
    for item in items:
        if item.get_closest_marker("memory"):
            item.add_marker(pytest.mark.skip(reason="sanitizers have their own memory"))


@pytest.fixture(scope="session")
def workplace():
    """A short path that PostgreSQL's user may enter, unlike pytest's own directories."""
    path = tempfile.mkdtemp(prefix="mc-test.", dir=os.environ.get("MC_TEST_DIR"))
    os.chmod(path, 0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def new_cluster(workplace):
    """Starts further clusters; all are stopped at the end."""
    made = []

    def make():
        cluster = Cluster(os.path.join(workplace, f"var{len(made)}"))
        os.makedirs(cluster.directory)
        made.append(cluster)
        cluster.start()
        cluster.migrate()
        return cluster

    yield make
    for cluster in made:
        cluster.stop()


@pytest.fixture(scope="session")
def cluster(new_cluster):
    return new_cluster()


def _starter(cluster, workplace, kind=Server):
    made = []

    def start(url=None, wait=True, files=None, **settings):
        server = kind(url or cluster.url(), workplace, files=files, **settings)
        made.append(server)
        return server.start(wait=wait)

    def stop_all():
        failures = []
        for server in made:
            try:
                server.stop()
            except AssertionError as failure:
                failures.append(failure)
        if failures:
            raise failures[0]

    return start, stop_all


@pytest.fixture(scope="session")
def server(cluster, workplace):
    start, stop_all = _starter(cluster, workplace)
    yield start()
    stop_all()


@pytest.fixture(scope="session")
def second_server(cluster, workplace):
    """Another instance on the same database."""
    start, stop_all = _starter(cluster, workplace)
    yield start()
    stop_all()


@pytest.fixture(scope="session")
def unix_server(cluster, workplace):
    """On a Unix socket one can see when the other side has read what was sent."""
    start, stop_all = _starter(cluster, workplace)
    yield start(listen=f"unix:{workplace}/http.sock")
    stop_all()


@pytest.fixture
def start_server(cluster, workplace):
    """A server with settings of the test's own, stopped when the test ends."""
    start, stop_all = _starter(cluster, workplace)
    yield start
    stop_all()


@pytest.fixture(scope="session")
def chatd(cluster, workplace):
    start, stop_all = _starter(cluster, workplace, Chatd)
    yield start()
    stop_all()


@pytest.fixture(scope="session")
def second_chatd(cluster, workplace):
    """Another daemon on the same database."""
    start, stop_all = _starter(cluster, workplace, Chatd)
    yield start()
    stop_all()


@pytest.fixture
def start_chatd(cluster, workplace):
    """A daemon with settings of the test's own, stopped when the test ends."""
    start, stop_all = _starter(cluster, workplace, Chatd)
    yield start
    stop_all()


@pytest.fixture(scope="module")
def start_module_server(cluster, workplace):
    start, stop_all = _starter(cluster, workplace)
    yield start
    stop_all()


@pytest.fixture(scope="module")
def start_module_chatd(cluster, workplace):
    start, stop_all = _starter(cluster, workplace, Chatd)
    yield start
    stop_all()


@pytest.fixture(scope="session")
def new_certificate(workplace):
    """Makes a self-signed pair of PEM files."""
    def make(name, directory=None):
        base = os.path.join(directory or workplace, name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", base + ".key", "-out", base + ".pem"], check=True, capture_output=True)
        return base + ".pem", base + ".key"
    return make


@pytest.fixture(scope="session")
def tls_server(cluster, workplace, new_certificate):
    start, stop_all = _starter(cluster, workplace)
    cert, key = new_certificate("tls.example")
    yield start(tls_cert=cert, tls_key=key)
    stop_all()


@pytest.fixture(scope="module")
def ada(server):
    """Teaches."""
    return sign_up(server, "Ada")


@pytest.fixture(scope="module")
def ben(server):
    """Studies with Ada."""
    return sign_up(server, "Ben")


@pytest.fixture(scope="module")
def cleo(server):
    """Studies with Ada, too."""
    return sign_up(server, "Cleo")


@pytest.fixture(scope="module")
def dora(server):
    """Has nothing to do with Ada's class."""
    return sign_up(server, "Dora")


@pytest.fixture
def algebra(ada, ben, cleo):
    """A new class: Ada teaches, Ben and Cleo study."""
    return create_class(ada, "Algebra").join(ben, cleo)
