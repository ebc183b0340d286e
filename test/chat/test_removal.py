"""What a teacher removes is shown to nobody any more, wherever they are and however they came."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.chat import Framed, Socket, append, discuss, end_live, metric, start_live
from support.client import Client
from support.school import create_class
from support.wait import wait_until


def _remove_unheard(cluster, teacher, room, first, last):
    """As if the notice had been lost."""
    with cluster.query() as cursor:
        cursor.execute("INSERT INTO mc.message_removal (class_id, room_id, seq, number, removed_by)"
            " SELECT class_id, room_id, seq, row_number() OVER (ORDER BY seq), %s FROM mc.message"
            " WHERE room_id = %s AND seq BETWEEN %s AND %s", (teacher.id, room, first, last))
        cursor.execute("UPDATE mc.room SET n_removed = %s WHERE id = %s", (last - first + 1, room))


def _remove(teacher, room, seq):
    return teacher.post(f"/rooms/{room}/messages/{seq}/remove", {})


@pytest.mark.parametrize("form", [Framed, Socket])
def test_who_is_in_the_room_is_told_at_once_on_every_daemon(start_chatd, room, ada, ben, form):
    one, other = start_chatd(), start_chatd()
    with form(one, ben.token) as here, form(other, ada.token) as there:
        here.join(room), there.join(room)
        assert [here.send(room, words) for words in ("fine", "bad", "fine again")] == [1, 2, 3]
        assert _remove(ada, room, 2)["message"]["removed"] is True
        for connection in (here, there):
            assert connection.until("removed", room=room)["seqs"] == [2]
        assert here.send(room, "and on") == 4
        _remove(ada, room, 1)
        for connection in (here, there):
            assert connection.until("removed", room=room)["seqs"] == [1], "each once"


def test_all_of_one_person_is_told_at_once(chatd, room, ada, ben):
    with Framed(chatd, ben.token) as student:
        student.join(room)
        for words in ("bad", "worse", "worst"):
            student.send(room, words)
        assert ada.post(f"/rooms/{room}/messages/2/remove/all", {})["removed"] == 3
        assert student.until("removed", room=room)["seqs"] == [1, 2, 3]


def test_a_flood_goes_in_steps_that_lock_the_room_for_a_moment_each(
        start_server, chatd, cluster, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 2300
    append(cluster, room, ben, n)
    server = start_server(statement_timeout="60s")
    with Framed(chatd, ben.token) as student, ThreadPoolExecutor() as pool:
        student.join(room, after=n)
        with cluster.holding("SELECT FROM mc.message WHERE room_id = %s AND seq = 1500 FOR UPDATE",
                room):
            answer = pool.submit(Client(server, ada.token).post,
                f"/rooms/{room}/messages/{n}/remove/all", {})
            assert student.until("removed", room=room)["seqs"] == list(range(1, 1001))
            wait_until(lambda: cluster.waiting_for_locks() > 0, what="the next step is under way")
            assert not answer.done()
        assert answer.result()["removed"] == n
        seqs = []
        while len(seqs) < n - 1000:
            seqs += student.until("removed", room=room)["seqs"]
        assert seqs == list(range(1001, n + 1))


def test_who_comes_later_is_shown_that_there_was_something(chatd, room, ada, ben):
    with Framed(chatd, ben.token) as student:
        for words in ("fine", "bad", "fine again"):
            student.send(room, words)
        _remove(ada, room, 2)
        student.join(room, after=0)
        messages = [student.until("message") for _ in range(3)]
        assert [(m["body"], m.get("removed")) for m in messages] == [
            ("fine", None), ("", True), ("fine again", None)]
        assert messages[1]["from"]["id"] == ben.id


def test_who_was_away_is_told_of_what_they_had_seen(chatd, room, ada, ben):
    with Framed(chatd, ben.token) as student:
        student.join(room)
        student.send(room, "bad")
    _remove(ada, room, 1)
    with Framed(chatd, ben.token) as student:
        assert student.join(room, after=1)["last_seq"] == 1
        assert student.until("removed")["seqs"] == [1]
        assert student.drain() == []


def test_what_is_removed_while_nobody_listens_is_found_out(start_chatd, cluster, room, ada, ben):
    daemon = start_chatd()
    with Framed(daemon, ben.token) as student:
        student.join(room)
        student.send(room, "bad")
        _remove_unheard(cluster, ada, room, 1, 1)
        assert [event["type"] for event in student.drain()] == ["message"]
        with cluster.query() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'mc-chatd bus'")
        assert student.until("removed")["seqs"] == [1]


def test_of_a_class_that_is_over_too(chatd, server, ada, ben):
    classroom = create_class(ada).join(ben)
    room = start_live(classroom)["room"]
    with Framed(chatd, ben.token) as student:
        student.send(room, "bad")
        end_live(classroom)
        _remove(ada, room, 1)
        student.join(room, after=0)
        assert student.until("message")["body"] == ""
        student.until("ended")
        student.join(room, after=1)
        assert student.until("removed")["seqs"] == [1]
        student.until("ended")


def _told(connection):
    return [seq for event in connection.drain() if event["type"] == "removed" for seq in event["seqs"]]


def test_of_many_that_were_removed_all_are_told(chatd, cluster, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 1100
    append(cluster, room, ben, n)
    _remove_unheard(cluster, ada, room, 1, n)
    with Framed(chatd, ben.token) as student:
        student.join(room, after=n)
        assert _told(student) == list(range(1, n + 1))
        student.join(room, after=0)
        assert _told(student) == [], "each message says it"


def test_one_is_told_however_many_behind_it_are_removed(chatd, cluster, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 600
    append(cluster, room, ben, n)
    _remove_unheard(cluster, ada, room, 2, n)
    with Framed(chatd, ben.token) as student:
        student.join(room)
        student.drain()
        _remove(ada, room, 1)
        assert student.until("removed")["seqs"] == [1]
    with Framed(chatd, ben.token) as student:
        student.join(room, after=n)
        assert 1 in _told(student)


def test_of_what_had_been_seen_the_last_20000_are_looked_through(chatd, cluster, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 20200
    append(cluster, room, ben, 1)
    with cluster.query() as cursor:
        cursor.execute("INSERT INTO mc.message SELECT class_id, room_id, i, sender_id, sender_role,"
            " 'short' || i, 'x', at FROM mc.message, generate_series(2, %s) i WHERE room_id = %s", (n, room))
        cursor.execute("UPDATE mc.room SET last_seq = %s WHERE id = %s", (n, room))
    _remove_unheard(cluster, ada, room, n - 20000, n - 17000)
    with Framed(chatd, ben.token) as student:
        student.join(room, after=n)
        assert _told(student) == list(range(n - 19999, n - 16999))
        student.join(room, after=n - 50)
        assert _told(student) == list(range(n - 20000, n - 16999)), "each once"


def _removals_read(cluster):
    """How many rows were; what a session of PostgreSQL counts is told at its end at the latest."""
    with cluster.query() as cursor:
        cursor.execute("SELECT sum(idx_tup_read) FROM pg_stat_user_indexes"
            " WHERE relname = 'message_removal'")
        return cursor.fetchone()[0]


def test_what_is_removed_is_looked_up_and_not_read_through(start_chatd, cluster, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 2000
    append(cluster, room, ben, n)
    _remove_unheard(cluster, ada, room, 1, n)
    daemon = start_chatd()
    before = _removals_read(cluster)
    with Framed(daemon, ben.token) as student:
        student.join(room, after=0)
        assert len(student.messages(room, n)) == n
    daemon.stop()
    wait_until(lambda: _removals_read(cluster) - before >= n)
    assert _removals_read(cluster) - before < 2 * n


def test_what_is_removed_while_somebody_joins_is_told_to_them(start_chatd, cluster, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 400
    append(cluster, room, ben, n)
    # Steps of two messages, each when the one before is read.
    daemon = start_chatd(replay_memory="1MiB", write_timeout="1h")
    with Framed(daemon, ben.token, receive_buffer=4096) as student:
        student.say(type="join", room=room, after=0)
        wait_until(lambda: metric(daemon, "miniclass_chat_replay_held_bytes") > 0, what="it is under way")
        _remove(ada, room, 1)
        messages = [student.until("message") for _ in range(n)]
        assert [m["seq"] for m in messages] == list(range(1, n + 1))
        assert messages[0]["body"] != "", "read before"
        assert student.until("removed")["seqs"] == [1]


def test_sent_again_it_stays_removed(chatd, room, ada, ben):
    with Framed(chatd, ben.token) as student:
        student.join(room)
        assert student.send(room, "bad", "k1") == 1
        _remove(ada, room, 1)
        student.until("removed")
        assert student.send(room, "bad", "k1") == 1
        assert [event["type"] for event in student.drain()] == ["message"], "the first one"
    again = ben.post(f"/rooms/{room}/messages", {"body": "bad", "client_id": "k1"})["message"]
    assert again["seq"] == 1 and again["body"] == "" and again["removed"] is True
