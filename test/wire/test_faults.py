"""When the database is away, in the way, or killed."""

import http.client
import itertools
import signal
import threading
import time

import pytest

from support.client import Client
from support.page import Visitor, parse
from support.process import is_alive, log_field
from support.school import create_class, new_email, new_password, sign_up
from support.wait import wait_until


@pytest.fixture(scope="module")
def cluster(new_cluster):
    """A PostgreSQL that may be stopped and killed."""
    return new_cluster()


@pytest.fixture(scope="module")
def server(start_module_server):
    return start_module_server()


# The database is away.

def test_without_a_database_it_is_503_at_once_and_heals_by_itself(server, cluster):
    teacher = sign_up(server)
    classroom = create_class(teacher)
    pid = server.pid
    cluster.stop()
    try:
        for path in ("/classes", classroom.path, "/account", "/readyz"):
            start = time.monotonic()
            answer = teacher.get(path)
            assert answer.status == 503, path
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
            assert time.monotonic() - start < 10, "nothing is waited for"
        for path, fields in (("/login", {"email": teacher.email, "password": teacher.password}),
                ("/signup", {"name": "x", "email": new_email(), "password": new_password()}),
                (classroom.path + "/posts", {"body": "lost?"}), ("/logout", {})):
            answer = teacher.post(path, fields)
            assert answer.status == 503 and int(answer.headers["Retry-After"]) >= 1, path
        page = Visitor(server)
        page.cookies["mc_session"] = teacher.token
        shown = page.open("/classes")
        assert shown.status == 503 and "text/html" in shown.headers["Content-Type"]
        frame = parse(shown.text)
        assert [link.text for link in frame.all("a", href="")] == ["Try again"]
        assert not frame.all("a", href="/login"), "nobody is logged out by it"
        sent = parse(page.send("/classes", {"name": "x"}).text)
        assert not sent.all("a", href=""), "a link would not send it again"
        assert "Go back" in sent.text and "Go back" not in frame.text

        assert Client(server).get("/healthz").status == 200, "alive all the same"
        assert Client(server).get("/static/app.css").status == 200
    finally:
        cluster.start()
    wait_until(server.is_ready, what="healed")
    assert server.pid == pid and is_alive(pid)
    assert teacher.get(classroom.path).status == 200
    assert classroom.bodies() == [], "a refused post is not there"


def test_the_first_request_after_a_restart_of_the_database_succeeds_soon(server, cluster):
    # Connections in the pool are dead without knowing it.
    person = sign_up(server)
    for _ in range(12):
        assert person.get("/classes").status == 200
    cluster.stop()
    cluster.start()
    wait_until(lambda: person.get("/classes").status == 200, what="answers again")
    assert {person.get("/classes").status for _ in range(30)} == {200}


def test_a_terminated_session_of_the_database_costs_no_more_than_a_503(server, cluster):
    person = sign_up(server)
    with cluster.query() as cursor:
        cursor.execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'mc-server'")
        assert cursor.fetchone()[0] > 0
    statuses = [person.get("/classes").status for _ in range(30)]
    assert set(statuses) <= {200, 503} and statuses[-1] == 200


def test_a_database_that_was_only_to_be_read_is_written_to_again(start_server, cluster):
    classroom = create_class(sign_up(start_server()))
    with cluster.query() as cursor:
        cursor.execute("ALTER ROLE mc_server SET default_transaction_read_only = on")
        try:
            # All its connections are made meanwhile.
            late = classroom.teacher.client.at(start_server())
            for _ in range(12):
                assert late.get(classroom.path).status == 200
                assert late.post(classroom.path + "/posts", {"body": "x"}).status == 503
        finally:
            cursor.execute("ALTER ROLE mc_server RESET default_transaction_read_only")
    # As many as it has: the first to be asked may have been made by then.
    assert {late.post(classroom.path + "/posts", {"body": "y"}).status for _ in range(12)} <= {201, 503}
    assert late.post(classroom.path + "/posts", {"body": "z"}).status == 201


def test_a_server_that_starts_before_its_database_becomes_ready(start_server, cluster):
    cluster.stop()
    try:
        server = start_server(wait=False)
        assert Client(server).get("/readyz").status == 503
    finally:
        cluster.start()
    wait_until(server.is_ready, what="ready")


def test_the_log_says_why_there_is_no_database_and_the_answer_does_not(start_server):
    # Whoever asks first sets off the attempt; the reason is also there for who asks next.
    server = start_server(url="postgresql://mc_server@/x?host=/nowhere/at/all", wait=False)
    words = "/nowhere/at/all"
    for _ in range(3):
        assert words not in Client(server).get("/readyz").text
        assert words not in Client(server, "A" * 43).get("/classes").text
    assert server.logged("not_ready") and server.logged("handler_failed")
    for line in server.log.splitlines():
        if " not_ready " in line:
            assert words in log_field(line, "database"), line
        if " handler_failed " in line:
            assert words in log_field(line, "why"), line


def test_an_old_schema_is_not_ready(cluster, start_server):
    with cluster.query() as cursor:
        cursor.execute("CREATE DATABASE empty OWNER mc_owner")
    server = start_server(url=cluster.url("superuser").replace("/miniclass?", "/empty?"), wait=False)
    answer = Client(server).get("/readyz")
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert "mc-admin migrate" in answer.text
    assert "mc-admin migrate" in log_field(server.logged("not_ready"), "why")


# The database says what nobody expects of it.

def test_what_a_fault_of_ours_kept_from_being_sent_is_not_to_be_sent_by_a_reload(server, cluster):
    page = Visitor(server)
    page.cookies["mc_session"] = sign_up(server).token
    with cluster.query() as cursor:
        cursor.execute("CREATE SCHEMA test_fault; CREATE FUNCTION test_fault.come() RETURNS trigger"
            " LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'unheard of'; END $$;"
            " CREATE TRIGGER test_fault BEFORE INSERT ON mc.classroom"
            " FOR EACH ROW EXECUTE FUNCTION test_fault.come()")
        try:
            sent = page.send("/classes", {"name": "x"})
        finally:
            cursor.execute("DROP SCHEMA test_fault CASCADE")
    assert sent.status == 500
    assert "Go back in your browser" in sent.text and "Reload" not in sent.text


# Others are in the way: what PostgreSQL says to who loses a deadlock, said by a trigger.

@pytest.fixture
def deadlocks(cluster):
    """Makes the next so many changes of a table fail; a sequence counts on when they are rolled back."""
    def come(table, times):
        with cluster.query() as cursor:
            cursor.execute("CREATE SCHEMA test_deadlocks; CREATE SEQUENCE test_deadlocks.tries;"
                " CREATE FUNCTION test_deadlocks.come() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
                " SET search_path = pg_catalog, pg_temp AS $$ BEGIN"
                f" IF nextval('test_deadlocks.tries') <= {times} THEN"
                " RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected'; END IF;"
                " RETURN NEW; END $$;"
                f" CREATE TRIGGER test_deadlocks BEFORE INSERT OR UPDATE ON mc.{table}"
                " FOR EACH ROW EXECUTE FUNCTION test_deadlocks.come()")
    yield come
    with cluster.query() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS test_deadlocks CASCADE")


def test_who_loses_a_deadlock_is_served_all_the_same(server, deadlocks):
    classroom = create_class(sign_up(server))
    deadlocks("post", 1)
    answer = classroom.teacher.post(classroom.path + "/posts", {"body": "second try"})
    assert answer.status == 201
    assert classroom.bodies() == ["second try"]


def test_who_loses_two_deadlocks_is_told_to_come_again_and_not_of_a_rule(server, deadlocks):
    # 409 is for rules: "last instructor" would be a lie here.
    classroom = create_class(sign_up(server))
    student = sign_up(server)
    classroom.join(student)
    deadlocks("membership", 1000)
    for path, fields in ((f"/people/{student.id}/role", {"role": "instructor"}),
            (f"/people/{student.id}/remove", {})):
        answer = classroom.teacher.post(classroom.path + path, fields)
        assert answer.status == 503, path
        assert int(answer.headers["Retry-After"]) >= 1
    assert student.get(classroom.path)["class"]["role"] == "student"


# kill -9 of PostgreSQL during a storm of posts.

class Storm:
    """Threads that post until told to stop; what was acknowledged is remembered."""

    def __init__(self, server, classroom, n_threads=6):
        self.server, self.classroom = server, classroom
        self.acknowledged = []
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.numbers = itertools.count()
        self.failures = []
        self.threads = [threading.Thread(target=self._post_all) for _ in range(n_threads)]

    def _post_all(self):
        while not self.ended.is_set():
            text = f"storm {next(self.numbers)}"
            # As a careful program does: the same client_id until there is an answer.
            while not self._post(text):
                if self.ended.wait(0.02):
                    return

    def _post(self, text):
        try:
            answer = self.classroom.teacher.client.at(self.server).post(self.classroom.path + "/posts",
                {"body": text, "client_id": text})
        except (OSError, http.client.HTTPException):
            return False
        if answer.status == 201:
            with self.lock:
                self.acknowledged.append(text)
            return True
        if answer.status != 503:
            self.failures.append(answer)
        return False

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def wait_for(self, more):
        wanted = len(self.acknowledged) + more
        wait_until(lambda: len(self.acknowledged) >= wanted, what=f"{more} more posts")


def _all_bodies(classroom):
    bodies, query = [], "?limit=100"
    while True:
        page = classroom.teacher.get(f"{classroom.path}/posts{query}").json
        bodies += [post["body"] for post in page["posts"]]
        if page["next"] is None:
            return bodies
        query = f"?limit=100&before={page['next']}"


def _check_once(storm):
    assert storm.failures == []
    stored = _all_bodies(storm.classroom)
    assert len(stored) == len(set(stored)), "nothing is stored twice"
    assert set(storm.acknowledged) <= set(stored), "everything acknowledged is there"


def test_kill_9_of_postgresql_loses_and_doubles_nothing(server, cluster):
    classroom = create_class(sign_up(server))
    with Storm(server, classroom) as storm:
        for _ in range(2):
            storm.wait_for(40)
            cluster.kill()
            cluster.start()
        storm.wait_for(40)
    _check_once(storm)


def test_kill_9_of_the_server_loses_and_doubles_nothing(start_server):
    server = start_server()
    classroom = create_class(sign_up(server))
    with Storm(server, classroom) as storm:
        for _ in range(2):
            storm.wait_for(40)
            server.kill()
            server.start()
        storm.wait_for(40)
    _check_once(storm)


def test_sigterm_during_a_storm_loses_and_doubles_nothing(start_server):
    server = start_server()
    classroom = create_class(sign_up(server))
    with Storm(server, classroom) as storm:
        for _ in range(2):
            storm.wait_for(40)
            server.signal(signal.SIGTERM)
            assert server.wait() == 0
            server.start()
        storm.wait_for(40)
    _check_once(storm)
