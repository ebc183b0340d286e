"""Ten thousand who are merely there."""

import resource

import pytest

from support.process import memory_of
from support.wait import wait_until

WANTED = 10_000
PER_CONNECTION = 2048  # bytes of our memory
SPARE = 600            # descriptors for everything else, on either side


@pytest.mark.memory
@pytest.mark.parametrize("used", [True, False], ids=["kept alive after an answer", "never said a word"])
def test_an_idle_connection_costs_under_2_kib(start_server, used):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    count = min(WANTED, hard - SPARE)
    if count < 1000:
        pytest.skip(f"only {hard} descriptors allowed here")
    # With the soft limit that a shell gives: the server must raise it itself.
    server = start_server(files=1024, idle_timeout="10min", head_timeout="10min")
    _connect(server, 300, used).clear()
    wait_until(lambda: _open(server) <= 1, what="the first ones are gone")

    before = memory_of(server.pid)
    held = _connect(server, count, used)
    wait_until(lambda: _open(server) >= count, what=f"{count} connections")
    cost = (memory_of(server.pid) - before) / count
    assert cost < PER_CONNECTION, f"{cost:.0f} bytes each"

    with server.connect() as wire:
        assert wire.get("/readyz").status == 200, "and others are served"
    if used:
        for sock in held[::500]:
            sock.sendall(_request(server))
            assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    for sock in held:
        sock.close()
    wait_until(lambda: _open(server) <= 1, what="all are let go")


def _request(server):
    return f"GET /healthz HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode()


class _Held(list):
    def clear(self):
        for sock in self:
            sock.close()
        super().clear()


def _connect(server, count, used):
    held = _Held()
    for _ in range(count):
        sock = server.socket()
        held.append(sock)
        if used:
            sock.sendall(_request(server))
    if used:
        for sock in held:
            assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    return held


def _open(server):
    with server.connect() as wire:
        metrics = wire.get("/metrics").text
    [line] = [line for line in metrics.splitlines() if line.startswith("miniclass_connections_open ")]
    return int(line.split()[1])
