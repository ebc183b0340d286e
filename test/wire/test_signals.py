"""When the server is told to go, or to read its settings again; when a client hangs up."""

import contextlib
import signal
import socket
import time

import psycopg2
import pytest

from support.school import create_class, sign_up
from support.wait import wait_until
from support.wire import asking, form


@pytest.fixture(scope="module")
def cluster(new_cluster):
    """A PostgreSQL at which nobody else waits."""
    return new_cluster()


def test_sigterm_finishes_what_is_in_hand(start_server, cluster):
    server = start_server(statement_timeout="30s")
    teacher = sign_up(server)
    classroom = create_class(teacher)
    idle = server.connect()
    assert idle.get("/healthz").status == 200
    with cluster.locked() as release, server.connect() as wire, server.connect() as half:
        wire.send(f"POST {classroom.path}/posts HTTP/1.1", f"Host: {server.host}",
            "Accept: application/json", f"Authorization: Bearer {teacher.token}",
            "Content-Type: application/json", body=b'{"body":"in hand"}')
        wait_until(lambda: cluster.waiting_for_locks() >= 1, what="the request is in hand")
        body = form(email=teacher.email, password=teacher.password)
        half.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            "Expect: 100-continue", "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}")
        assert half.reply().status == 100
        server.signal(signal.SIGTERM)
        assert idle.ended(5), "who is idle is let go"
        wait_until(lambda: _refuses(server), what="nobody new gets in")
        half.send_bytes(body)
        release()
        for each, status in ((wire, 201), (half, 200)):
            reply = each.reply()
            assert reply.status == status and reply.closes
            assert each.ended()
    assert server.wait() == 0
    server.start()
    assert classroom.bodies() == ["in hand"]


def _refuses(server):
    try:
        server.socket().close()
        return False
    except ConnectionError:
        return True


def test_sigterm_does_not_wait_for_ever(start_server, cluster):
    server = start_server(statement_timeout="60s", stop_timeout="500ms")
    person = sign_up(server)
    with cluster.locked(), asking(server, person):
        wait_until(lambda: cluster.waiting_for_locks() >= 1, what="a request that will not end")
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.wait(8) == 0
        assert time.monotonic() - start >= 0.4


def test_sigterm_waits_for_no_database_that_hangs(start_server, cluster):
    server = start_server(statement_timeout="2s", stop_timeout="200ms")
    person = sign_up(server)
    with cluster.locked(), asking(server, person):
        wait_until(lambda: cluster.waiting_for_locks() >= 1, what="a request that will not end")
        with cluster.deaf():
            server.signal(signal.SIGTERM)
            assert server.wait() == 0


def test_who_still_reads_an_answer_at_sigterm_holds_nothing_up(start_server):
    server = start_server(stop_timeout="60s", write_timeout="60s")
    person = sign_up(server)
    classroom = create_class(person)
    for n in range(20):
        classroom.post(f"{n} " + "x" * 19000)
    with server.connect(receive_buffer=4096) as wire:
        wire.send(f"GET {classroom.path}/posts?limit=20 HTTP/1.1", f"Host: {server.host}",
            "Accept: application/json", f"Authorization: Bearer {person.token}")
        assert wire.sock.recv(10, socket.MSG_PEEK), "it has begun"
        server.signal(signal.SIGTERM)
        wait_until(lambda: _refuses(server), what="nobody new gets in")
        reply = wire.reply()
        assert reply.status == 200 and len(reply.body) > 300000
        assert wire.ended()
    assert server.wait() == 0


def test_all_who_wait_at_the_door_at_sigterm_are_answered(start_server):
    server = start_server(loops="1")
    with contextlib.ExitStack() as opened:
        with server.held():
            wires = [opened.enter_context(server.connect()) for _ in range(200)]
            for wire in wires:
                wire.send("GET /healthz HTTP/1.1", f"Host: {server.host}")
            server.signal(signal.SIGTERM)
        assert [wire.reply().status for wire in wires] == [200] * 200
    assert server.wait() == 0


def test_sigterm_ends_what_is_still_noted_behind_an_answer(start_server, cluster):
    server = start_server(stop_timeout="100ms")
    person = sign_up(server)
    with cluster.query() as cursor:
        cursor.execute("UPDATE mc.session SET used_at = now() - interval '2 hours'"
            " WHERE account_id = %s", (person.id,))
    with contextlib.closing(psycopg2.connect(cluster.url("superuser"))) as other:
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM mc.session WHERE account_id = %s FOR UPDATE",
                (person.id,))
        assert person.get("/classes").status == 200
        wait_until(lambda: cluster.waiting_for_locks() == 1, what="its use is being noted")
        server.signal(signal.SIGTERM)
        assert server.wait() == 0


def test_sigterm_sends_home_who_only_dawdles(start_server):
    server = start_server(stop_timeout="500ms")
    with server.connect() as wire:
        wire.send_bytes(b"GET / HTTP/1.1\r\n")
        server.signal(signal.SIGTERM)
        assert server.wait(8) == 0


def test_who_connects_while_it_stops_is_not_forgotten(start_server):
    """One loop accepts, another one gets the connection: neither may be gone by then."""
    for _ in range(5):
        server = start_server(loops="4", stop_timeout="500ms")
        sockets = []
        for n in range(60):
            if n == 30:
                server.signal(signal.SIGTERM)
            try:
                sockets.append(server.socket())
            except ConnectionError:
                break
        assert server.wait(8) == 0, "and a sanitizer sees no leak"
        for sock in sockets:
            sock.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_goes_at_once_with_0(start_server, number):
    server = start_server(stop_timeout="60s")
    server.signal(number)
    assert server.wait(30) == 0, "nothing is in hand that it could wait for"


def test_sighup_and_sigpipe_do_not_end_it(start_server):
    server = start_server()
    for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGHUP):
        server.signal(number)
    wait_until(server.is_ready)
    assert server.process.poll() is None


def test_sighup_reads_the_settings_and_says_what_waits(tmp_path, start_server):
    conf = tmp_path / "miniclass.conf"
    conf.write_text("queue = 7\n")
    server = start_server(config=str(conf))
    conf.write_text("log_format = json\nqueue = 8\n")
    server.signal(signal.SIGHUP)
    wait_until(lambda: '"settings_read"' in server.log)
    assert '"setting_waits"' in server.log and '"queue"' in server.log
    conf.write_text("queue = many\n")
    server.signal(signal.SIGHUP)
    wait_until(lambda: '"settings_kept"' in server.log)
    assert server.is_ready()
    for line in ("chat_url = http://school.example/chat", "chat_listen = nowhere", "proxy_protocol = on"):
        conf.write_text(line + "\n")
        server.signal(signal.SIGHUP)
        wait_until(lambda: f'"why":"{line.split()[0]}: ' in server.log)


def test_a_client_that_hangs_up_early_hurts_nobody(start_server):
    server = start_server()
    for _ in range(50):
        wire = server.connect()
        wire.send("GET /classes HTTP/1.1", f"Host: {server.host}")
        wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        wire.sock.close()
    assert server.is_ready()
