"""Several at once: one winner where there can be only one, and nothing lost elsewhere."""

import contextlib
import itertools
import socket
import struct
import threading

import psycopg2
import pytest

from support.client import Client
from support.school import create_class, new_email, new_password, sign_up
from support.wait import wait_until


def _at_once(*calls):
    """All calls start together; their results in order."""
    gate = threading.Barrier(len(calls))
    results = [None] * len(calls)

    def run(n, call):
        gate.wait()
        try:
            results[n] = call()
        except Exception as error:  # the test's thread shall see it
            results[n] = error

    threads = [threading.Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def test_all_who_ask_at_the_same_moment_get_their_own_answers(start_server):
    server = start_server(loops=1)
    with contextlib.ExitStack() as stack:
        # More than one turn of the loop takes.
        wires = [stack.enter_context(server.connect()) for _ in range(300)]
        for wire in wires:
            assert wire.get("/healthz").status == 200
        ids = itertools.count(1)
        asked = [(wire, [next(ids) for _ in range(2 if n % 7 == 0 else 1)])
            for n, wire in enumerate(wires)]
        leaver = wires[1]
        with server.held():
            for wire, numbers in asked:
                for number in numbers:
                    wire.send(f"GET /classes/{number} HTTP/1.1", f"Host: {server.host}", "Accept: text/html")
            leaver.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            leaver.sock.close()
        for wire, numbers in asked:
            for number in numbers if wire is not leaver else ():
                reply = wire.reply()
                assert (reply.status, reply["Location"]) == (303, f"/login?next=%2Fclasses%2F{number}")


def test_one_address_signs_up_once(server, second_server):
    for _ in range(3):
        email = new_email()
        answers = _at_once(*[
            lambda at=at: Client(at).post("/signup",
                {"name": "Racer", "email": email, "password": new_password()})
            for at in (server, second_server) * 3])
        assert sorted(answer.status for answer in answers) == [201] + [409] * 5


def test_joining_many_times_at_once_is_one_membership(server, second_server, ada):
    student = sign_up(server)
    classroom = create_class(ada)
    answers = _at_once(*[
        lambda at=at: student.client.at(at).post("/classes/join", {"code": classroom.code})
        for at in (server, second_server) * 4])
    assert {answer.status for answer in answers} == {200}
    assert ada.get(classroom.path)["class"]["members"] == 2
    assert len(student.get("/classes")["classes"]) == 1


def test_one_client_id_at_once_is_one_post(server, second_server, algebra):
    answers = _at_once(*[
        lambda at=at: algebra.teacher.client.at(at).post(algebra.path + "/posts",
            {"body": "once", "client_id": "the-same"})
        for at in (server, second_server) * 4])
    assert {answer.status for answer in answers} == {201}
    assert len({answer["post"]["id"] for answer in answers}) == 1
    assert algebra.bodies() == ["once"]


def test_two_instructors_who_demote_each_other_leave_one(server, second_server, ada, ben, algebra):
    for _ in range(5):
        for person in (ada, ben):
            # Whoever is one still makes the other one again.
            for who in (ada, ben):
                person.post(f"{algebra.path}/people/{who.id}/role", {"role": "instructor"})
        _at_once(
            lambda: ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "student"}),
            lambda: ben.client.at(second_server).post(
                f"{algebra.path}/people/{ada.id}/role", {"role": "student"}))
        assert len(ada.get(algebra.path + "/people")["instructors"]) >= 1


_REMOVE, _DEMOTE = ("remove", {}, 204, 404), ("role", {"role": "student"}, 200, 403)


@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("ways", [(_REMOVE, _REMOVE), (_DEMOTE, _DEMOTE), (_REMOVE, _DEMOTE)])
def test_of_two_instructors_who_end_each_other_at_once_one_has_no_right_to(server, second_server,
        cluster, ada, ben, cleo, ways, others):
    classroom = create_class(ada)
    for person in (ben, cleo)[:1 + others]:
        classroom.join(person)
        assert ada.post(f"{classroom.path}/people/{person.id}/role", {"role": "instructor"}).status == 200
    (way, fields, done, lost), (other_way, other_fields, other_done, other_lost) = ways
    waiting = cluster.waiting_for_locks()
    with cluster.holding("SELECT FROM mc.classroom WHERE id = %s FOR UPDATE", classroom.id) as release:
        def let_go():
            wait_until(lambda: cluster.waiting_for_locks() > waiting + 1, what="both may do it")
            release()

        mine, other, _ = _at_once(
            lambda: ada.post(f"{classroom.path}/people/{ben.id}/{way}", fields),
            lambda: ben.client.at(second_server).post(
                f"{classroom.path}/people/{ada.id}/{other_way}", other_fields),
            let_go)
    assert (mine.status, other.status) in ((done, lost), (other_lost, other_done))
    teacher = ada if mine.status == done else ben
    assert len(teacher.get(classroom.path + "/people")["instructors"]) == 1 + others


def test_two_instructors_who_leave_at_once_leave_one(server, second_server, ada, ben, algebra):
    ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"})
    answers = _at_once(
        lambda: ada.post(algebra.path + "/leave"),
        lambda: ben.client.at(second_server).post(algebra.path + "/leave"))
    assert sorted(answer.status for answer in answers) == [204, 409]


def test_who_joins_while_the_code_changes_is_told_the_truth(server, cluster, ada, ben):
    classroom = create_class(ada)
    change = psycopg2.connect(cluster.url("superuser"))
    change.cursor().execute("UPDATE mc.classroom SET join_code = '0123456789' WHERE id = %s",
        (classroom.id,))
    waiting = cluster.waiting_for_locks()

    def commit():
        wait_until(lambda: cluster.waiting_for_locks() > waiting)
        change.commit()

    joined, _ = _at_once(lambda: ben.post("/classes/join", {"code": classroom.code}), commit)
    change.close()
    assert joined.status == 404, "the old one stops working"
    assert ben.get(classroom.path).status == 404


def test_everyones_posts_are_there_once(server, second_server, ada, ben, algebra):
    ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"})

    def post_ten(person, at, name):
        for n in range(10):
            answer = person.client.at(at).post(algebra.path + "/posts",
                {"body": f"{name} {n}", "tags": ["shared", name]})
            assert answer.status == 201

    _at_once(*[lambda who=who, at=at, name=f"{who.id}-{k}": post_ten(who, at, name)
        for k, (who, at) in enumerate([(ada, server), (ben, second_server)] * 3)])
    bodies = algebra.bodies(query="?limit=100")
    assert len(bodies) == len(set(bodies)) == 60
    assert len(algebra.bodies(query="?limit=100&tag=shared")) == 60


def test_paging_while_others_post_skips_and_repeats_nothing(server, algebra):
    for n in range(30):
        algebra.post(f"old {n}")
    done = threading.Event()

    def keep_posting():
        n = 0
        while not done.is_set():
            algebra.post(f"new {n}")
            n += 1

    poster = threading.Thread(target=keep_posting)
    poster.start()
    try:
        seen, query = [], "?limit=7"
        while True:
            page = algebra.teacher.get(f"{algebra.path}/posts{query}").json
            seen += [post["body"] for post in page["posts"]]
            if page["next"] is None:
                break
            query = f"?limit=7&before={page['next']}"
    finally:
        done.set()
        poster.join()
    assert len(seen) == len(set(seen))
    assert [body for body in seen if body.startswith("old")] == [f"old {n}" for n in reversed(range(30))]


def test_what_was_written_at_one_instance_is_read_at_the_other_at_once(server, second_server, ada, algebra):
    for n in range(20):
        here, there = (server, second_server) if n % 2 else (second_server, server)
        answer = ada.client.at(here).post(algebra.path + "/posts", {"body": f"seen {n}"})
        assert answer.status == 201
        assert ada.client.at(there).get(algebra.path)["posts"][0]["body"] == f"seen {n}"


def _while_the_hash_is_made_anew(cluster, start_server, person, *calls, meanwhile=""):
    """The calls' answers, at an instance whose hashes cost more than the stored one; all of them have
    verified it before the first one's takes its place, or what is done `meanwhile`."""
    costly = start_server(password_passes=3, hashers=len(calls), statement_timeout="60s")
    answers = [None] * len(calls)
    lock = psycopg2.connect(cluster.url("superuser"))
    with contextlib.closing(lock), lock.cursor() as cursor:
        cursor.execute("SELECT FROM mc.credential WHERE account_id = %s FOR UPDATE", (person.id,))
        waiting = cluster.waiting_for_locks()
        threads = []
        for n, call in enumerate(calls):
            thread = threading.Thread(target=lambda n=n, call=call: answers.__setitem__(n, call(costly)))
            thread.start()
            threads.append(thread)
            wait_until(lambda: cluster.waiting_for_locks() > waiting + n, what="its hash is made")
        if meanwhile:
            cursor.execute(meanwhile, (person.id,))
        lock.commit()
        for thread in threads:
            thread.join()
    return answers


def _log_in_at(person):
    return lambda server: Client(server).post("/login", {"email": person.email, "password": person.password})


def test_two_log_ins_that_make_the_hash_anew_both_succeed(cluster, server, start_server):
    person = sign_up(server)
    answers = _while_the_hash_is_made_anew(cluster, start_server, person, *[_log_in_at(person)] * 2)
    assert [answer.status for answer in answers] == [200, 200]


def test_a_password_is_changed_while_a_log_in_makes_the_hash_anew(cluster, server, start_server):
    person, new = sign_up(server), new_password()
    _, changed = _while_the_hash_is_made_anew(cluster, start_server, person, _log_in_at(person),
        lambda at: person.client.at(at).post("/account/password", {"current": person.password, "new": new}))
    assert changed.status == 204
    person.password = new
    assert _log_in_at(person)(server).status == 200


def test_a_log_in_that_makes_the_hash_anew_ends_when_the_password_changed(cluster, server, start_server):
    sign_up(server)
    person = sign_up(server)
    [answer] = _while_the_hash_is_made_anew(cluster, start_server, person, _log_in_at(person),
        meanwhile="UPDATE mc.credential SET changed_at = now(), password_hash ="
            " (SELECT o.password_hash FROM mc.credential o WHERE o.account_id <> mc.credential.account_id"
            " ORDER BY o.account_id DESC LIMIT 1) WHERE account_id = %s")
    assert answer.status == 401
    assert _log_in_at(person)(server).status == 401


def test_pages_are_answered_while_many_log_in(server, ada, algebra):
    done = threading.Event()
    statuses = set()

    def keep_logging_in():
        while not done.is_set():
            statuses.add(Client(server).post("/login",
                {"email": ada.email, "password": ada.password}).status)

    threads = [threading.Thread(target=keep_logging_in) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(50):
            assert ada.get(algebra.path).status == 200
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert statuses <= {200, 503}


def test_many_connections_at_once_are_all_served(server):
    wires = [server.connect() for _ in range(300)]
    for wire in wires:
        wire.send("GET /login HTTP/1.1", f"Host: {server.host}")
    for wire in wires:
        assert wire.reply().status == 200
        wire.sock.close()
