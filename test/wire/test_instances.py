"""Several instances on one database: one classroom, also while each of them is replaced or dies."""

import contextlib
import http.client
import json
import os
import signal
import socket
import threading
import time

import psycopg2
import pytest

from support.chat import Framed, Gone, start_live
from support.client import Client
from support.front import Front
from support.school import create_class, log_in, sign_up
from support.wait import wait_until

RECOVERED = 5  # seconds, of the promise


class Reader(threading.Thread):
    """Asks for one's classes again and again; keeps what failed, and when it was begun."""

    def __init__(self, address, token, keeps):
        super().__init__(daemon=True)
        self.address, self.token, self.keeps = address, token, keeps
        self.n, self.failed, self.done = 0, [], threading.Event()

    def _ask(self, connection):
        connection.request("GET", "/classes", headers={"Authorization": f"Bearer {self.token}",
            "Accept": "application/json", "Connection": "keep-alive" if self.keeps else "close"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or len(json.loads(body)["classes"]) != 1:
            raise AssertionError(f"{answer.status} {body[:200]}")

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.address.port, timeout=20)
        while not self.done.is_set():
            began = time.monotonic()
            try:
                self._ask(connection)
                self.n += 1
            except Exception as wrong:  # whatever a client would see
                self.failed.append((began, repr(wrong)))
                connection.close()
            if not self.keeps:
                connection.close()
        connection.close()

    def stop(self):
        self.done.set()
        self.join(30)


class Visitor(Reader):
    """Logs in, and out again: what a front may not ask twice."""

    def __init__(self, address, person):
        super().__init__(address, person.token, False)
        self.fields = {"email": person.email, "password": person.password}

    def _ask(self, connection):
        token = self._post(connection, "/login", 200, self.fields)["token"]
        self._post(connection, "/logout", 204, token=token)

    def _post(self, connection, path, status, fields=None, token=None):
        about = {"Content-Type": "application/json"} if fields else {"Authorization": f"Bearer {token}"}
        connection.request("POST", path, json.dumps(fields) if fields else None, {"Accept": "application/json", **about})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != status:
            raise AssertionError(f"{path} {answer.status} {body[:200]}")
        return json.loads(body or b"{}")


class Writer(threading.Thread):
    """Sends numbered messages, one under way; comes back by itself, with what was not acked."""

    def __init__(self, address, token, room):
        super().__init__(daemon=True)
        self.address, self.token, self.room = address, token, room
        self.acked, self.away, self.done = [], 0, threading.Event()
        self.name_ = os.urandom(4).hex()

    def run(self):
        lost = None
        while not self.done.is_set():
            try:
                with Framed(self.address, self.token) as chat:
                    if lost is not None:
                        self.away = max(self.away, time.monotonic() - lost)
                    while not self.done.is_set():
                        client_id = f"{self.name_}-{len(self.acked)}"
                        chat.say(type="send", room=self.room, client_id=client_id, body=client_id)
                        self.acked.append(chat.until("ack", client_id=client_id)["seq"])
            except (Gone, OSError, TimeoutError, AssertionError):
                lost = time.monotonic()

    def stop(self):
        self.done.set()
        self.join(30)


class Member(threading.Thread):
    """Reads a room, coming back with `after`."""

    def __init__(self, address, token, room):
        super().__init__(daemon=True)
        self.address, self.token, self.room = address, token, room
        self.seen, self.until = [], None

    def run(self):
        while self.until is None or len(self.seen) < self.until:
            try:
                with Framed(self.address, self.token) as chat:
                    chat.join(self.room, after=self.seen[-1] if self.seen else 0)
                    while self.until is None or len(self.seen) < self.until:
                        with contextlib.suppress(AssertionError):  # a quiet moment
                            self.seen.append(chat.until("message", seconds=0.5)["seq"])
            except (Gone, OSError, AssertionError):
                pass


@pytest.fixture
def instances(start_server, start_chatd, workplace):
    """Three mc-server and two mc-chatd behind HAProxy."""
    # Until a balancer that looks ten times a second has looked, on a busy machine too.
    servers = [start_server(stop_delay="1s") for _ in range(3)]
    daemons = [start_chatd(stop_delay="1s") for _ in range(2)]
    with Front(workplace, servers, daemons) as front:
        yield front, servers, daemons


@contextlib.contextmanager
def load(front, person, room, writers):
    readers = [Reader(front.web, person.token, keeps) for keeps in (False, True, True)] + [Visitor(front.web, person)]
    members = [Member(front.chat, person.token, room) for _ in range(3)]
    senders = [Writer(front.chat, token, room) for token in writers]
    for each in (*readers, *members, *senders):
        each.start()
    wait_until(lambda: all(r.n > 5 for r in readers) and all(len(s.acked) > 5 for s in senders), what="load")
    yield readers, senders
    before = [r.n for r in readers]
    wait_until(lambda: all(r.n > b + 5 for r, b in zip(readers, before)), what="all go on")
    for each in (*readers, *senders):
        each.stop()
    acked = sorted(seq for each in senders for seq in each.acked)
    for each in members:
        each.until = acked[-1]
    for each in members:
        each.join(30)
        assert each.seen == list(range(1, acked[-1] + 1)), "each message once, in order"
    assert len(set(acked)) == len(acked), "no message was acked as two"


def replace(instance):
    instance.signal(signal.SIGTERM)
    assert instance.wait() == 0
    instance.start()


def test_a_rolling_restart_of_all_loses_nothing(instances):
    front, servers, daemons = instances
    ada = sign_up(servers[0], "Ada")
    room = start_live(create_class(ada))["room"]
    tokens = [log_in(servers[n % 3], ada).token for n in range(2)]
    with load(front, ada, room, tokens) as (readers, _):
        for instance in (*servers, *daemons):
            replace(instance)
    assert [r.failed for r in readers] == [[], [], [], []]
    # Nobody was logged out.
    for server in servers:
        assert all(Client(server, token).get("/account").status == 200 for token in (ada.token, *tokens))


def _wait_for_answers(readers, senders):
    """Until each reader and each sender has had some more; how long that took."""
    began = time.monotonic()
    counts = [r.n for r in readers]
    wait_until(lambda: all(r.n > c + 5 for r, c in zip(readers, counts)), what="reading goes on")
    acked = [len(s.acked) for s in senders]
    wait_until(lambda: all(len(s.acked) > a + 2 for s, a in zip(senders, acked)), what="writing goes on")
    return time.monotonic() - began


def test_kill_9_costs_what_was_in_flight_there_and_everybody_is_back_soon(instances):
    front, servers, daemons = instances
    ada = sign_up(servers[0], "Ada")
    room = start_live(create_class(ada))["room"]
    gone = []
    with load(front, ada, room, [ada.token] * 2) as (readers, senders):
        for instance in (servers[1], daemons[0]):
            # What it takes anyway on this machine, whatever else that does, is not of the kill.
            usual = _wait_for_answers(readers, senders)
            killed = time.monotonic()
            instance.kill()
            # Until the kernel has taken it apart, its socket still lets connections in.
            gone.append(time.monotonic())
            _wait_for_answers(readers, senders)
            assert time.monotonic() - killed < RECOVERED + usual
            instance.start()
    # What was begun after the server had gone went to another one.
    late = [failed for r in readers for failed in r.failed if failed[0] > gone[0]]
    assert late == []
    assert all(s.away < RECOVERED for s in senders)


@pytest.mark.parametrize("kind", ["mc-server", "mc-chatd"])
def test_a_socket_that_is_handed_over_outlives_the_instances_on_it(start_server, start_chatd, kind):
    with socket.create_server(("127.0.0.1", 0), backlog=512) as held:
        start = start_server if kind == "mc-server" else start_chatd
        first = start(handed=held)
        assert first.port == held.getsockname()[1]
        web = first if kind == "mc-server" else start_server()
        ada = sign_up(web, "Ada")
        room = start_live(create_class(ada))["room"]
        workers = [Reader(first, ada.token, False) for _ in range(3)] if kind == "mc-server" else \
            [Writer(first, ada.token, room) for _ in range(3)]
        for each in workers:
            each.start()
        count = (lambda w: w.n) if kind == "mc-server" else (lambda w: len(w.acked))
        old = first
        for _ in range(3):
            before = [count(w) for w in workers]
            wait_until(lambda: all(count(w) > b + 10 for w, b in zip(workers, before)), what="load")
            new = start(handed=held)
            old.stop()
            old = new
        for each in workers:
            each.stop()
        if kind == "mc-server":
            assert [w.failed for w in workers] == [[], [], []]
        else:
            acked = sorted(seq for w in workers for seq in w.acked)
            assert acked == list(range(1, len(acked) + 1))


def test_what_is_no_listening_socket_is_refused_at_the_start(start_server):
    left, right = socket.socketpair()
    with left, right, pytest.raises(AssertionError, match="no listening stream socket"):
        start_server(handed=left)


def test_ready_and_stopping_are_told_to_who_listens(start_server, workplace, monkeypatch):
    path = os.path.join(workplace, "notify.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(path)
        supervisor.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        server = start_server()
        assert supervisor.recv(100) == b"READY=1"
        server.stop()
        assert supervisor.recv(100) == b"STOPPING=1"


def test_before_it_stops_readyz_says_so_and_all_else_goes_on(start_server, start_chatd):
    for start in (start_server, start_chatd):
        instance = start(stop_delay="60s")
        instance.signal(signal.SIGTERM)
        wait_until(lambda: instance._status("/readyz") == 503)
        assert instance._status("/healthz") == 200
        # A second signal cuts the delay short.
        instance.signal(signal.SIGTERM)
        assert instance.wait() == 0


def test_two_may_share_an_address_when_both_say_so(start_server):
    first = start_server(listen_shared="on")
    second = start_server(listen=first.address, listen_shared="on")
    ada = sign_up(second, "Ada")
    first.stop()
    assert Client(second, ada.token).get("/account").status == 200
    with pytest.raises(AssertionError, match="does not listen"):
        start_server(listen=second.address)


# Rights that are lost, on all instances at once.

def _cut_database(cluster):
    with contextlib.closing(psycopg2.connect(cluster.url("superuser"))) as db, db.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND application_name LIKE 'mc-%'")


def _timed(answers, what):
    began = time.monotonic()
    assert all(answers), what
    return time.monotonic() - began


def _pongs(chats):
    for each in chats:
        each.say(type="ping")
        yield each.until("pong")


@pytest.mark.parametrize("cut", [False, True], ids=["as usual", "after its database connections were cut"])
def test_a_lost_right_is_lost_on_every_instance(start_server, start_chatd, cluster, cut):
    servers, daemons = [start_server() for _ in range(3)], [start_chatd() for _ in range(2)]
    ada = sign_up(servers[0], "Ada")
    took = {}
    for _ in range(5):
        ben, cem = sign_up(servers[0], "Ben"), sign_up(servers[0], "Cem")
        classroom = create_class(ada).join(ben)
        room = start_live(classroom)["room"]
        with contextlib.ExitStack() as stack:
            chats = [stack.enter_context(Framed(each, ben.token)) for each in daemons]
            for each in chats:
                each.join(room)
            if cut:
                _cut_database(cluster)
                for each in servers:
                    wait_until(lambda: each._status("/readyz") == 200)
                # A message from elsewhere arrives: the bus is back.
                assert ada.post(f"/rooms/{room}/messages", {"body": "still there?"}).status == 201
                for each in chats:
                    assert each.until("message")["body"] == "still there?"
            seats = [Client(each, ben.token) for each in servers]

            def note(what, usually, refused):
                """How much longer than it takes anyway on this machine, whatever else that does, until all obey."""
                took.setdefault(what, []).append(_timed(refused, what) - usually)

            tries = lambda code: (Client(each, cem.token).post("/classes/join", {"code": code}).status == 404
                for each in servers)
            usually = _timed(tries("WWWWWWWWWW"), "a code that there never was")
            code = ada.post(classroom.path + "/code")["class"]["join_code"]
            note("a new class code", usually, tries(classroom.code))
            assert Client(servers[2], cem.token).post("/classes/join", {"code": code}).status == 200

            usually = _timed((*(each.get(classroom.path).status == 200 for each in seats), *_pongs(chats)), "a member")
            assert ada.post(f"{classroom.path}/people/{ben.id}/remove").status == 204
            note("a removal", usually, (*(each.get(classroom.path).status == 404 for each in seats),
                *(each.until("error", room=room)["code"] == "not_found" for each in chats)))

            usually = _timed((*(each.get("/account").status == 200 for each in seats), *_pongs(chats)), "who is logged in")
            assert seats[1].post("/logout").status == 204
            note("a log-out", usually, (*(each.get("/account").status == 401 for each in seats),
                *(each.ended() for each in chats)))
    # The promise is of a machine that has time; a busy one may keep us waiting, but not every time.
    assert all(min(each) < 0.1 and max(each) < RECOVERED for each in took.values()), took
