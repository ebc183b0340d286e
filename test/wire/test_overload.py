"""When there is more work than can be done, or it has to wait; when somebody wants all of it."""

import contextlib
import json
import select
import signal

import pytest

from support.chat import end_sessions, metric, start_live
from support.client import Client
from support.school import create_class, new_email, new_password, sign_up
from support.wait import wait_until
from support.wire import Ended, asking, form


@pytest.fixture(scope="module")
def cluster(new_cluster):
    """A PostgreSQL of which all sessions are ours."""
    return new_cluster()


@pytest.fixture(scope="module")
def server(start_module_server):
    return start_module_server()


def test_a_full_queue_is_503_at_once_and_the_rest_is_done(start_server, cluster):
    server = start_server(workers=1, queue=2, statement_timeout="30s")
    person = sign_up(server)
    wires = []
    with cluster.locked() as release:
        wires.append(asking(server, person, "/account"))
        wait_until(lambda: cluster.waiting_for_locks() >= 1, what="the worker waits for the lock")
        wires += [asking(server, person, "/account") for _ in range(8)]
        refused = []
        wait_until(lambda: refused.extend(w for w in wires[1:] if w not in refused and not w.silent(0))
            or len(refused) >= 6, what="six refusals")
        for wire in refused:
            reply = wire.reply()
            assert reply.status == 503
            assert 1 <= int(reply["Retry-After"]) <= 60
        assert Client(server).get("/healthz").status == 200, "what needs no worker is answered"
        release()
        for wire in wires:
            if wire not in refused:
                assert wire.reply().status == 200
    # A refusal does not cost the connection.
    assert refused[0].get("/healthz").status == 200
    for wire in wires:
        wire.sock.close()


def _page(server, person, path):
    wire = server.connect()
    wire.send(f"GET {path} HTTP/1.1", f"Host: {server.host}", "Accept: text/html",
        f"Cookie: mc_session={person.token}")
    return wire


@contextlib.contextmanager
def _busy_worker(server, cluster, person, classroom):
    """Posts that wait, each in a worker; yields what lets them go on."""
    wire = server.connect()
    with cluster.holding("LOCK TABLE mc.post IN SHARE ROW EXCLUSIVE MODE") as release:
        wire.send(f"POST {classroom.path}/posts HTTP/1.1", f"Host: {server.host}",
            f"Authorization: Bearer {person.token}", "Accept: application/json",
            "Content-Type: application/json", body=json.dumps({"body": "later"}).encode())
        wait_until(lambda: cluster.waiting_for_locks() == 1, what="the worker waits for the lock")
        yield release
    assert wire.reply().status == 201
    wire.sock.close()


def test_a_page_that_must_be_rendered_first_holds_up_a_worker_and_no_loop(start_server, cluster):
    teacher = sign_up(start_server())
    classroom = create_class(teacher)
    teacher.post(classroom.path + "/posts", {"body": "**before**"})
    server = start_server(workers=1, loops=1, statement_timeout="30s")
    with _busy_worker(server, cluster, teacher, classroom):
        sign_up(server)  # opens a second connection to the database
    with _busy_worker(server, cluster, teacher, classroom) as release, cluster.query() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [before] = cursor.fetchone()
        page = _page(server, teacher, classroom.path)

        def was_read():
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'mc_server'"
                " AND state = 'idle' AND state_change > %s", (before,))
            return cursor.fetchone()[0] > 0

        wait_until(was_read, what="the loop has the posts")
        for _ in range(2):
            assert Client(server).get("/healthz").status == 200, "and goes on"
        assert page.silent(0), "only the worker renders"
        release()
        assert b"<strong>before</strong>" in page.reply().body
    page = _page(server, teacher, classroom.path)
    assert b"later" in page.reply().body
    with _busy_worker(server, cluster, teacher, classroom):
        page = _page(server, teacher, classroom.path)
        assert b"<strong>before</strong>" in page.reply().body, "what is remembered needs no worker"


def test_a_page_takes_over_the_connection_of_one_before_it_and_waits_for_no_worker(
        start_server, cluster):
    server = start_server(workers=1, hashers=1, loops=1, statement_timeout="30s")
    teacher = sign_up(server)
    classroom = create_class(teacher)
    with _busy_worker(server, cluster, teacher, classroom):
        sign_up(server)  # opens a second connection to the database
    waiting = []
    with _busy_worker(server, cluster, teacher, classroom):
        # Who has waited for a while is left to the workers, so the slow try again.
        for _ in range(40):
            with cluster.holding("LOCK TABLE mc.post_tag IN ACCESS EXCLUSIVE MODE") as release:
                first = asking(server, teacher, classroom.path + "/tags")
                wait_until(lambda: cluster.waiting_for_locks() == 2, what="it has the last connection")
                waiting.append(asking(server, teacher))
                for _ in range(2):
                    assert Client(server).get("/healthz").status == 200, "the loop has seen it"
                assert waiting[-1].silent(0)
                release()
            assert first.reply().status == 200
            if not waiting[-1].silent(0.5):
                break
        assert waiting[-1].reply().status == 200, "while the worker is busy"
    for wire in waiting[:-1]:
        assert wire.reply().status == 200


def test_who_hangs_up_while_waiting_for_a_connection_is_forgotten(start_server, cluster):
    server = start_server(workers=1, hashers=1, loops=1, statement_timeout="30s")
    person = sign_up(server)
    with cluster.locked() as release:
        wires = [asking(server, person) for _ in range(6)]
        wait_until(lambda: cluster.waiting_for_locks() >= 1, what="a request is under way")
        for wire in wires[1:]:
            wire.sock.close()
        for _ in range(2):
            assert Client(server).get("/healthz").status == 200
        release()
    assert wires[0].reply().status == 200
    assert person.get("/classes").status == 200
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def test_who_waits_behind_a_database_that_hangs_is_told_so(start_server, cluster):
    server = start_server(workers=2, hashers=1, loops=1, statement_timeout="60s")
    person = sign_up(server)
    with cluster.locked() as release:
        workers = [asking(server, person, "/account") for _ in range(2)]
        wait_until(lambda: cluster.waiting_for_locks() == 2, what="two connections")
        release()
    assert [wire.reply().status for wire in workers] == [200, 200]
    with cluster.locked() as release:
        wires = [asking(server, person) for _ in range(8)]
        refused = []
        wait_until(lambda: refused.extend(w for w in wires if w not in refused and not w.silent(0))
            or len(refused) >= 5, what="those that got no connection")
        for wire in refused:
            assert wire.reply().status == 503
        release()
    for wire in wires:
        if wire not in refused:
            assert wire.reply().status == 200


def test_a_full_hashing_queue_is_503_and_pages_go_on(start_server):
    server = start_server(hashers=1, hash_queue=1)
    person = sign_up(server)
    body = form(email=person.email, password=person.password)
    wires = [server.connect() for _ in range(24)]
    for wire in wires:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            "Content-Type: application/x-www-form-urlencoded", body=body)
    assert person.get("/classes").status == 200
    replies = [wire.reply() for wire in wires]
    assert {reply.status for reply in replies} == {200, 503}
    assert all(int(reply["Retry-After"]) >= 1 for reply in replies if reply.status == 503)
    for wire in wires:
        wire.sock.close()


def test_a_statement_that_takes_too_long_is_503(start_server, cluster):
    server = start_server(statement_timeout="300ms")
    person = sign_up(server)
    with cluster.locked():
        answer = person.get("/classes")
        assert answer.status == 503 and int(answer.headers["Retry-After"]) >= 1
    assert person.get("/classes").status == 200


def test_more_connections_than_allowed_are_turned_away_and_the_others_served(start_server):
    server = start_server(connections=20)
    wires = []
    try:
        for _ in range(20):
            wires.append(server.connect())
            assert wires[-1].get("/healthz").status == 200
        with server.connect() as one_more:
            try:
                assert one_more.get("/healthz").status == 503
            except (Ended, BrokenPipeError):
                pass
        assert wires[0].get("/healthz").status == 200
    finally:
        for wire in wires:
            wire.sock.close()
    wait_until(lambda: server._status("/healthz") == 200, what="room again")


def test_connections_leave_the_database_its_descriptors(start_server, cluster):
    server = start_server(files=(200, 200), loops=1, workers=2, hashers=1, head_timeout="1h")
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(server.connect())
        assert first.get("/healthz").status == 200
        for _ in range(250):
            stack.enter_context(server.connect())
        assert server.logged("connection_refused")
        end_sessions(cluster, "mc-server")
        assert first.get("/readyz").status == 200
    assert "accept_failed" not in server.log


def test_many_unfinished_bodies_do_not_take_all_memory(start_server):
    server = start_server(body_memory="2MiB")
    wires = [server.connect() for _ in range(6)]
    for wire in wires:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Content-Type: application/json",
            "Content-Length: 1000000", "Expect: 100-continue")
    statuses = [wire.reply().status for wire in wires]
    assert statuses.count(100) == 2 and statuses.count(503) == 4
    # Small ones are not counted: who logs in while somebody holds all of it can.
    small = form(email="nobody@school.example", password="not-the-password")
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json", "Expect: 100-continue",
            "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(small)}")
        assert wire.reply().status == 100
        wire.send_bytes(small)
        assert wire.reply().status == 401
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json", "Expect: 100-continue",
            "Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked")
        assert wire.reply().status == 100
        wire.send_bytes(b"%x\r\n%s\r\n0\r\n\r\n" % (len(small), small))
        assert wire.reply().status == 401
    for wire in wires:
        wire.sock.close()
    person = wait_until(lambda: _try_sign_up(server), what="room again")
    assert person.get("/classes").status == 200


def _long_talk(classroom, teacher, n):
    """A room with messages of 4 KiB, which are longer in JSON and in pages."""
    room = start_live(classroom)["room"]
    for i in range(n):
        answer = teacher.post(f"/rooms/{room}/messages", {"body": f"{i} " + "<" * 4000})
        assert answer.status == 201, answer
    return room


def _read_later(wire, server, person, room):
    """An answer, all of the room, that has begun and is not read."""
    wire.send(f"GET /rooms/{room}/messages?limit=500 HTTP/1.1", f"Host: {server.host}",
        "Accept: application/json", f"Authorization: Bearer {person.token}")
    assert select.select([wire.sock], [], [], 10)[0], "it has begun"


def _answered(wires):
    return len(select.select([wire.sock for wire in wires], [], [], 0)[0])


@contextlib.contextmanager
def _sign_ups_without_end(start_server, *fields):
    """A server with one hasher, for which each of them is a tenth of a second or more.  What is done
    while they wait has the next turn but one, not the last."""
    server = start_server(hashers=1, password_passes=10)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(server.connect(source="127.0.7.31")) for _ in range(30)]
        for n, wire in enumerate(wires):
            wire.send("POST /signup HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
                "Content-Type: application/x-www-form-urlencoded", *(field.format(n) for field in fields),
                body=form(name="Mallory", password="password9", email=new_email("mallory")))
        wait_until(lambda: metric(server, "miniclass_hash_queue_waiting") >= 20, what="they wait")
        before = _answered(wires)
        yield server
        assert _answered(wires) - before < 8


@pytest.mark.parametrize("fields", [[], ["Authorization: Bearer {}"]], ids=["as nobody", "as somebody each"])
def test_who_signs_up_without_end_keeps_nobody_from_logging_in(start_server, ada, fields):
    with _sign_ups_without_end(start_server, *fields) as server:
        assert Client(server, source="127.0.7.31").post("/login",
            {"email": ada.email, "password": ada.password}).status == 200


def test_who_signs_up_without_end_keeps_nobody_elsewhere_from_it(start_server):
    with _sign_ups_without_end(start_server) as server:
        assert Client(server, source="127.0.7.32").post("/signup", {"name": "Dora",
            "email": new_email("dora"), "password": new_password()}).status == 201


def test_many_unread_answers_do_not_take_all_memory(start_server, workplace):
    # A Unix socket takes some 200 KiB, and the rest of an answer waits for its reader.  One loop has
    # done with an answer before it reads what is asked next.
    server = start_server(listen=f"unix:{workplace}/answers.sock", answer_memory="1MiB", loops=1)
    teacher = sign_up(server)
    classroom = create_class(teacher)
    room = _long_talk(classroom, teacher, 40)
    with server.connect() as first, server.connect() as second:
        _read_later(first, server, teacher, room)
        _read_later(second, server, teacher, room)
        refused = second.reply()
        assert refused.status == 503 and int(refused["Retry-After"]) > 0
        # Small ones are not counted, and what has been done is said.
        assert teacher.get("/classes").status == 200
        assert teacher.post(classroom.path + "/posts", {"body": "<" * 20000}).status == 201
        whole = first.reply()
        assert whole.status == 200 and len(json.loads(whole.body)["messages"]) == 40
        _read_later(second, server, teacher, room)
        assert second.reply().body == whole.body


def test_one_persons_unread_answers_leave_room_for_others(start_server, workplace):
    server = start_server(listen=f"unix:{workplace}/shares.sock", answer_memory="4MiB", loops=1)
    teacher = sign_up(server)
    classroom = create_class(teacher)
    room = _long_talk(classroom, teacher, 60)
    student = sign_up(server)
    classroom.join(student)

    # Each holds 240 KiB or the next power of two: an eighth is two of them at most.
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(server.connect()) for _ in range(5)]
        for wire in wires[:4]:
            _read_later(wire, server, teacher, room)
        assert 503 in [wire.reply().status for wire in wires[2:4]], "it is enough for one"
        _read_later(wires[4], server, student, room)
        assert wires[4].reply().status == 200, "there is room for another"


def _try_sign_up(server):
    try:
        return sign_up(server)
    except AssertionError:
        return None
