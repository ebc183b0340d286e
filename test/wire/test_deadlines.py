"""Who dawdles is shown out; who merely is far away notices nothing."""

import select
import socket
import time

import pytest

from support.school import create_class, sign_up
from support.wait import wait_until
from support.wire import form, request

TICK = 0.2  # how coarse the server's timers may be, and a busy machine's patience


@pytest.fixture(scope="module")
def server(start_module_server):
    return start_module_server(head_timeout="500ms", body_timeout="500ms", body_rate="1KiB",
        write_timeout="700ms", idle_timeout="600ms")


def _pause(wire, seconds):
    """Lets time pass as a slow client does; True when the server says something meanwhile."""
    ready, _, _ = select.select([wire.sock], [], [], seconds)
    return bool(ready)


def _seconds(since):
    return time.monotonic() - since


def test_a_head_that_never_ends_is_408(server):
    start = time.monotonic()
    with server.connect() as wire:
        wire.send_bytes(b"GET / HTTP/1.1\r\nHost:")
        reply = wire.reply()
        assert reply.status == 408 and reply.closes
        assert _seconds(start) >= 0.5
        assert wire.ended()


def test_bytes_that_trickle_do_not_put_the_deadline_off(server):
    start = time.monotonic()
    with server.connect() as wire:
        wire.send_bytes(b"GET / HTTP/1.1\r\n")
        n = 0
        while not _pause(wire, 0.05):
            n += 1
            assert _seconds(start) < 20, "still waiting"
            wire.send_bytes(b"X-%d: y\r\n" % n)
        assert wire.reply().status == 408


def test_a_connection_that_says_nothing_ends(server):
    start = time.monotonic()
    with server.connect() as wire:
        assert wire.reply().status == 408
        assert _seconds(start) >= 0.5


def test_an_idle_connection_ends_without_a_word(server):
    with server.connect() as wire:
        assert wire.get("/healthz").status == 200
        start = time.monotonic()
        assert wire.ended(5)
        assert _seconds(start) >= 0.6 - TICK


def test_an_idle_connection_that_is_used_lives_on(server):
    start = time.monotonic()
    with server.connect() as wire:
        while _seconds(start) < 1.5:
            assert wire.get("/healthz").status == 200
            assert not _pause(wire, 0.1)


def test_a_second_request_has_the_heads_deadline_from_its_first_byte(server):
    with server.connect() as wire:
        assert wire.get("/healthz").status == 200
        wire.send_bytes(b"G")
        assert wire.reply().status == 408
        assert wire.ended()


def test_a_body_that_never_comes_is_408(server):
    start = time.monotonic()
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Content-Type: application/json",
            "Content-Length: 100")
        reply = wire.reply()
        assert reply.status == 408 and reply.closes
        assert _seconds(start) >= 0.5
        assert wire.ended()


@pytest.mark.parametrize("framing", ["Content-Length: 1000000", "Transfer-Encoding: chunked"])
def test_a_body_slower_than_the_rate_is_408(server, framing):
    start = time.monotonic()
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Content-Type: application/json",
            framing)
        while not _pause(wire, 0.05):
            assert _seconds(start) < 20, "still waiting"
            wire.send_bytes(b"1\r\na\r\n")
        assert wire.reply().status == 408


def test_a_slow_body_above_the_rate_is_taken(server):
    # 16 KiB at about 8 KiB/s: four times its first grace, and well above 1 KiB/s.
    person = sign_up(server)
    body = form(body="a" * 16000)
    classroom = create_class(person)
    with server.connect() as wire:
        wire.send(f"POST {classroom.path}/posts HTTP/1.1", f"Host: {server.host}",
            f"Authorization: Bearer {person.token}", "Accept: application/json",
            "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}")
        wire.send_bytes(body[:800])
        for start in range(800, len(body), 800):
            assert not _pause(wire, 0.1)
            wire.send_bytes(body[start:start + 800])
        assert wire.reply().status == 201


def _state_at_server(server, wire):
    """The kernel's state of the server's end of this connection; None when it is gone."""
    ports = f":{server.port:04X}", f":{wire.sock.getsockname()[1]:04X}"
    with open("/proc/net/tcp") as table:
        for line in table:
            _, local, remote, state = line.split()[:4]
            if local.endswith(ports[0]) and remote.endswith(ports[1]):
                return state
    return None


ESTABLISHED = "01"


@pytest.fixture(scope="module")
def big_class(server):
    """Its posts are a few megabytes, more than sockets keep."""
    teacher = sign_up(server, "Wordy")
    classroom = create_class(teacher)
    for n in range(100):
        classroom.post(f"{n} " + "long " * 13000)
    return classroom


def _ask_for_much(server, big_class):
    wire = server.connect(receive_buffer=4096)
    wire.send(f"GET {big_class.path}/posts?limit=100 HTTP/1.1", f"Host: {server.host}",
        f"Authorization: Bearer {big_class.teacher.token}", "Accept: application/json")
    return wire


def test_who_does_not_read_is_dropped(server, big_class):
    with _ask_for_much(server, big_class) as wire:
        assert wire.sock.recv(1) == b"H"
        wait_until(lambda: _state_at_server(server, wire) != ESTABLISHED, what="the server has let go")


def test_who_stops_reading_is_dropped_within_the_deadline_and_an_eighth(start_server, big_class):
    # Beside it another deadline, which began later: what the kernel took at first is no second chance.
    server = start_server(write_timeout="2s", head_timeout="3s")
    with _ask_for_much(server, big_class) as wire:
        assert wire.sock.recv(1) == b"H"
        with server.connect() as silent:
            assert silent.reply().status == 408
            assert _state_at_server(server, wire) != ESTABLISHED


def test_who_reads_slowly_gets_everything(server, big_class):
    with _ask_for_much(server, big_class) as wire:
        start = time.monotonic()
        head = b""
        while b"\r\n\r\n" not in head:
            head += wire.sock.recv(4096)
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        have = len(head.split(b"\r\n\r\n", 1)[1])
        # Longer than write_timeout over all, with a pause before each of the first reads.
        while have < length:
            if _seconds(start) < 2:
                time.sleep(0.1)
            piece = wire.sock.recv(1 << 16)
            assert piece, "cut off"
            have += len(piece)
        assert have == length


def test_pipelining_without_reading_does_not_fill_the_servers_memory(server, big_class):
    line = request(f"GET {big_class.path}/posts?limit=100 HTTP/1.1", f"Host: {server.host}",
        f"Authorization: Bearer {big_class.teacher.token}", "Accept: application/json")
    with server.connect(receive_buffer=4096) as wire:
        wire.sock.settimeout(0.2)
        try:
            for _ in range(3000):
                wire.send_bytes(line)
        except (socket.timeout, TimeoutError, ConnectionError):
            pass
        wait_until(lambda: _state_at_server(server, wire) != ESTABLISHED, what="the server has let go")
    assert server._status("/healthz") == 200


def test_a_request_that_waits_for_the_database_is_not_slow(server, cluster):
    # The deadlines are the client's; what we take ourselves is not counted against it.
    person = sign_up(server)
    with cluster.locked() as release, server.connect() as wire:
        wire.send("GET /classes HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            f"Authorization: Bearer {person.token}")
        assert wire.silent(1.2)
        release()
        assert wire.reply().status == 200


def test_the_hurried_server_still_serves_who_is_quick(server):
    with server.connect() as wire:
        assert wire.get("/healthz").status == 200
