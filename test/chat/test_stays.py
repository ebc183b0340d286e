"""What is written of who is here, when a daemon or the database stands in the way of it."""

import contextlib
import time

import pytest

from support.chat import Framed, metric, start_live
from support.school import create_class
from support.wait import wait_until


@pytest.fixture
def lesson(ada, ben, cleo):
    """Ben and Cleo in a class that is live; yields it, its session, and what attendance says now."""
    classroom = create_class(ada).join(ben).join(cleo)
    session = start_live(classroom)
    path = f"{classroom.path}/sessions/{session['id']}/attendance"
    return session["room"], lambda person: [
        row for row in ada.get(path)["attendance"] if row["user"]["id"] == person.id][0]


def test_who_leaves_while_the_database_is_away_is_not_counted_on(
        start_chatd, cluster, lesson, ben, cleo):
    room, attended = lesson
    daemon = start_chatd()
    with Framed(daemon, cleo.token) as stays:
        with Framed(daemon, ben.token) as leaves:
            for each in (leaves, stays):
                each.join(room)
            cluster.stop()
            # Beats have used up what was connected, but for what the store keeps: nothing is under way.
            wait_until(lambda: metric(daemon, "miniclass_chat_database_connections_open") <= 1)
            leaves.say(type="leave", room=room)
            leaves.drain()
        time.sleep(16)  # so long, and other daemons would have ended what this one has written
        cluster.start()
        wait_until(lambda: not attended(ben)["present"])
        assert attended(ben)["seconds"] <= 10, "up to when he left, before the sixteen"
        wait_until(lambda: attended(cleo)["seconds"] >= 17)
        assert attended(cleo)["present"]
        assert [member["id"] for member in stays.join(room)["members"]] == []
        assert stays.join(room)["count"] == 1


@contextlib.contextmanager
def _all_here(room, *places):
    """These persons on these daemons, who have heard of each other."""
    with contextlib.ExitStack() as stack:
        chats = [stack.enter_context(Framed(daemon, person.token)) for daemon, person in places]
        for each in chats:
            each.join(room)
        for each in chats:
            each.drain()
        yield chats


def _come_back_one_by_one(start_chatd, cluster, room, last):
    """After so long that each daemon's stays look to the others as if it had died."""
    def are_back(n, since):
        """So many have beaten, that long after the database was there again."""
        with cluster.query() as cursor:
            cursor.execute("SELECT count(*) FROM mc.stay WHERE room_id = %s AND left_at IS NULL"
                " AND beat_at > pg_postmaster_start_time() + %s * interval '1 second'", (room, since))
            return cursor.fetchone()[0] == n
    time.sleep(16)
    with last.held():
        cluster.start()
        newcomer = start_chatd()  # nor does one that knows nobody take it for dead
        wait_until(lambda: are_back(2, since=3), what="the first beats, and beats again")
        newcomer.stop()
    wait_until(lambda: are_back(4, since=0))


def test_nobody_is_told_that_others_have_gone_while_the_database_was(
        start_chatd, cluster, lesson, ada, ben, cleo):
    room, _ = lesson
    first, second = start_chatd(), start_chatd()
    with _all_here(room, (first, ben), (second, cleo), (first, ada), (second, ada)) as (*_, here, there):
        cluster.stop()
        _come_back_one_by_one(start_chatd, cluster, room, second)
        for each in (here, there):
            assert len(each.join(room)["members"]) == 3
            assert not [event for event in each.drain() if event["type"] == "presence"]


def test_of_those_who_were_there_only_who_does_not_come_back_is_told_to_have_gone(
        start_chatd, cluster, ada, ben, cleo, dora):
    room = start_live(create_class(ada).join(ben, cleo, dora))["room"]
    first, second, third = (start_chatd() for _ in range(3))
    with _all_here(room, (first, ben), (second, cleo), (third, dora), (first, ada), (second, ada)) as (*_, here, there):
        cluster.stop()
        third.kill()
        _come_back_one_by_one(start_chatd, cluster, room, second)
        for each in (here, there):
            members = {member["id"] for member in each.join(room)["members"]}
            assert members - {dora.id} == {ada.id, ben.id, cleo.id}
        for each in (here, there):
            told = [event for event in each.drain() if event["type"] == "presence"]
            told = told or [each.until("presence")]
            assert [(event["state"], event["user"]["id"]) for event in told] == [("left", dora.id)], "nor is back"


def _stays_ended(cluster, room):
    """Of each stay in the room, whether it is."""
    with cluster.query() as cursor:
        cursor.execute("SELECT left_at IS NOT NULL FROM mc.stay WHERE room_id = %s", (room,))
        return [ended for ended, in cursor.fetchall()]


def test_who_was_with_a_daemon_that_stood_still_was_there_all_the_time(
        start_chatd, cluster, lesson, cleo):
    room, attended = lesson
    daemon = start_chatd()
    start_chatd()
    with Framed(daemon, cleo.token) as student:
        student.join(room)
        with daemon.held():
            wait_until(lambda: _stays_ended(cluster, room) == [True], what="the other one gives it up")
        wait_until(lambda: attended(cleo)["present"])
        assert attended(cleo)["seconds"] >= 15
        assert _stays_ended(cluster, room) == [False], "it is one stay"


def test_who_has_another_role_when_a_daemon_goes_on_is_here_with_that(start_chatd, cluster, ada, ben):
    classroom = create_class(ada).join(ben)
    room = start_live(classroom)["room"]
    daemon = start_chatd()
    with Framed(daemon, ben.token) as student, Framed(start_chatd(), ada.token) as teacher:
        student.join(room)
        teacher.join(room)
        with daemon.held():
            teacher.until("presence", state="left")
            assert ada.post(f"{classroom.path}/people/{ben.id}/role", {"role": "instructor"}).status == 200
        here = teacher.until("presence", state="joined")
        assert (here["user"]["id"], here["role"]) == (ben.id, "instructor")


@contextlib.contextmanager
def _refused(cluster, person, state):
    """Whoever writes down that this one came or went fails so."""
    with cluster.query() as cursor:
        cursor.execute("CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$")
        for name, of in (("come", "INSERT"), ("go", "UPDATE OF left_at")):
            cursor.execute(f"CREATE TRIGGER {name} BEFORE {of} ON mc.stay FOR EACH ROW"
                f" WHEN (NEW.account_id = {person.id}) EXECUTE FUNCTION public.refuse()")
    try:
        yield
    finally:
        with cluster.query() as cursor:
            cursor.execute("DROP FUNCTION public.refuse CASCADE")


# disk_full; program_limit_exceeded, as when the queue of notices is full
@pytest.mark.parametrize("state", ["53100", "54000"])
def test_who_comes_and_goes_while_there_is_no_room_is_written_down_later(
        start_chatd, cluster, lesson, ben, cleo, state):
    room, attended = lesson
    daemon = start_chatd()
    with Framed(daemon, ben.token) as leaves, Framed(daemon, cleo.token) as comes:
        leaves.join(room)
        with _refused(cluster, ben, state):
            comes.join(room)
            leaves.say(type="leave", room=room)
            leaves.drain()
            assert daemon.logged("presence_waits")
            late = Framed(daemon, cleo.token)
            late.join(room)
            late.close()
            # Who is here is beaten all the same.
            before = attended(cleo)["seconds"]
            wait_until(lambda: attended(cleo)["seconds"] > before + 3)
            assert daemon.log.count("presence_waits") < 5, "once a minute"
        wait_until(lambda: not attended(ben)["present"])
        assert attended(cleo)["present"]
        assert comes.join(room)["count"] == 1


def test_who_comes_while_the_table_is_locked_is_written_down_later(start_chatd, cluster, lesson, ben):
    room, attended = lesson
    daemon = start_chatd(statement_timeout="100ms")
    with Framed(daemon, ben.token) as student:
        with cluster.holding("LOCK TABLE mc.stay IN ACCESS EXCLUSIVE MODE"):
            student.say(type="join", room=room)
            assert daemon.logged("presence_waits")
        student.until("joined")
        wait_until(lambda: attended(ben)["present"])
    assert "presence_lost" not in daemon.log


def test_one_who_cannot_go_on_keeps_nobody_else_from_being_counted(
        start_chatd, cluster, lesson, ben, cleo):
    room, attended = lesson
    daemon = start_chatd()
    start_chatd()
    with Framed(daemon, ben.token) as one, Framed(daemon, cleo.token) as other:
        one.join(room)
        with contextlib.ExitStack() as until_counted:
            with daemon.held():
                wait_until(lambda: _stays_ended(cluster, room) == [True], what="the other one gives it up")
                # check_violation
                until_counted.enter_context(_refused(cluster, ben, "23514"))
            other.join(room)
            assert attended(cleo)["present"] and not attended(ben)["present"]


def test_one_whose_coming_cannot_be_written_down_keeps_nobody_else_from_it(
        start_chatd, cluster, lesson, ben, cleo):
    room, attended = lesson
    daemon = start_chatd()
    with Framed(daemon, ben.token) as one, Framed(daemon, cleo.token) as other:
        # check_violation
        with _refused(cluster, ben, "23514"):
            with cluster.locked():
                for each in (one, other):
                    each.say(type="join", room=room)
                wait_until(lambda: metric(daemon, "miniclass_chat_commands_total") >= 4)
            for each in (one, other):
                each.until("joined")
            assert f"user={ben.id}" in daemon.logged("presence_lost")
        assert attended(cleo)["present"] and not attended(ben)["attended"]


def test_who_leaves_before_an_outage_is_made_up_for_is_not_counted_on(
        start_chatd, cluster, lesson, ben, cleo):
    room, attended = lesson
    daemon = start_chatd()
    with Framed(daemon, ben.token) as leaves, Framed(daemon, cleo.token) as comes:
        leaves.join(room)
        # disk_full: that she came is first in the row, and stays there.
        with _refused(cluster, cleo, "53100"):
            comes.join(room)
            assert daemon.logged("presence_waits")
            cluster.stop()
            time.sleep(16)
            cluster.start()
            wait_until(lambda: attended(ben)["present"])
            leaves.say(type="leave", room=room)
            leaves.drain()
        wait_until(lambda: attended(cleo)["present"])
        wait_until(lambda: not attended(ben)["present"])
