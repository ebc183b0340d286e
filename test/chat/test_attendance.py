"""Attendance keeps itself: a class of forty in which people come, go, log in twice and crash.

The class is some eighteen seconds long, in three parts of six: long enough that whoever is counted for a
part too much or too little, or twice, is off by more than what is allowed.
"""

import socket
import struct
import time

import pytest

from support.chat import Framed, Socket, discuss, end_live, start_live
from support.school import create_class, sign_up
from support.wait import wait_until

PART_S = 6
ALLOWED_S = 5


class Pupil:
    """One student with any number of connections; what the script's own clock says of the time."""

    def __init__(self, person):
        self.person = person
        self.connections = []
        self.since = None
        self.expected = 0.0

    def come(self, chatd, room, form=Framed):
        connection = form(chatd, self.person.token)
        connection.join(room)
        self.connections.append(connection)
        if self.since is None:
            self.since = time.monotonic()
        return connection

    def go(self, how, n=0):
        """One connection ends in that way; with the last one the student is gone."""
        how(self.connections.pop(n))
        if not self.connections:
            self.gone()

    def gone(self):
        if self.since is not None:
            self.expected += time.monotonic() - self.since
        self.since = None

    def close(self):
        while self.connections:
            self.connections.pop().close()


def _leave(room):
    def leave(connection):
        connection.say(type="leave", room=room)
        connection.drain()
        connection.close()
    return leave


def _hang_up(connection):
    connection.close()


def _vanish(connection):
    """As when the program is killed and its peer gets a reset."""
    sock = connection.sock if isinstance(connection, Framed) else connection.ws.sock
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def _wait_for_beat(cluster, pupils):
    with cluster.query() as cursor:
        def last():
            cursor.execute("SELECT max(beat_at) FROM mc.stay WHERE account_id = ANY (%s)",
                ([pupil.person.id for pupil in pupils],))
            return cursor.fetchone()[0]
        before = last()
        wait_until(lambda: last() > before, what="it is written down that they are here")


@pytest.fixture
def daemons(start_chatd):
    return start_chatd(), start_chatd()


def test_everybody_of_a_class_of_forty_is_counted_within_five_seconds(
        server, cluster, daemons, ada):
    first, second = daemons
    classroom = create_class(ada)
    pupils = [Pupil(sign_up(server, f"Pupil {n}")) for n in range(40)]
    classroom.join(*(pupil.person for pupil in pupils))
    whole, late, leaves, hangs_up, vanishes, twice, on_both, crashed, returns, never = (
        pupils[i:j] for i, j in ((0, 6), (6, 10), (10, 14), (14, 18), (18, 22), (22, 26), (26, 30),
            (30, 34), (34, 38), (38, 40)))
    session = start_live(classroom)
    room = session["room"]
    try:
        for n, pupil in enumerate(whole + leaves + hangs_up + vanishes + twice):
            pupil.come(first, room, (Framed, Socket)[n % 2])
        for pupil in on_both + crashed + returns:
            pupil.come(second, room)
        time.sleep(PART_S)

        for pupil in late + twice + on_both:
            pupil.come(first, room)
        for pupil in leaves:
            pupil.go(_leave(room))
        for pupil in hangs_up:
            pupil.go(_hang_up)
        for pupil in vanishes:
            pupil.go(_vanish)
        # So that the crash comes a whole part behind a beat: what was not written down since is lost.
        _wait_for_beat(cluster, crashed)
        time.sleep(PART_S)

        for pupil in twice:
            pupil.go(_hang_up)
        for pupil in leaves:
            pupil.come(first, room)
        second.kill()
        for pupil in crashed + returns:
            pupil.go(_hang_up)
        for pupil in on_both:
            pupil.go(_hang_up)
        for pupil in returns:
            pupil.come(first, room)
        time.sleep(PART_S)

        end_live(classroom)
        for pupil in pupils:
            pupil.gone()
    finally:
        for pupil in pupils:
            pupil.close()

    # What the daemon that was killed had begun is ended by the other one.
    with cluster.query() as cursor:
        def all_ended():
            cursor.execute("SELECT NOT EXISTS (SELECT FROM mc.stay WHERE room_id = %s"
                " AND left_at IS NULL)", (room,))
            return cursor.fetchone()[0]
        wait_until(all_ended, what="all stays have ended")

    answer = ada.get(f"{classroom.path}/sessions/{session['id']}/attendance")
    rows = {row["user"]["id"]: row for row in answer["attendance"]}
    wrong = [(pupil.person.name, round(pupil.expected, 1), rows[pupil.person.id]["seconds"])
        for pupil in pupils
        if abs(rows[pupil.person.id]["seconds"] - pupil.expected) > ALLOWED_S]
    assert not wrong, f"(who, expected, counted): {wrong}"
    assert len(rows) == 40 and not any(row["present"] for row in rows.values())
    for pupil in pupils:
        row = rows[pupil.person.id]
        assert (row["first_joined_at"] is None) == (pupil in never)
        [own] = pupil.person.get(classroom.path + "/attendance")["attendance"]
        assert own["seconds"] == row["seconds"]
        assert own["attended"] == (pupil not in never) and own["sessions_total"] == 1


def test_a_daemon_that_is_told_to_stop_ends_the_time_of_all_who_are_on_it(
        server, start_chatd, ada, ben):
    classroom = create_class(ada).join(ben)
    session = start_live(classroom)
    daemon = start_chatd()
    with Framed(daemon, ben.token) as student:
        student.join(session["room"])
        daemon.stop()
    [row] = ada.get(f"{classroom.path}/sessions/{session['id']}/attendance")["attendance"]
    assert row["first_joined_at"] is not None and row["present"] is False


def test_being_in_a_discussion_or_writing_without_joining_is_no_attendance(server, chatd, ada, ben):
    classroom = create_class(ada).join(ben)
    session = start_live(classroom)
    discussion = discuss(classroom)
    with Framed(chatd, ben.token) as student:
        student.join(discussion["room"])
        student.send(session["room"], "Not joined")
        student.drain()
    [row] = ada.get(f"{classroom.path}/sessions/{session['id']}/attendance")["attendance"]
    assert row["first_joined_at"] is None and row["seconds"] == 0


def test_an_instructor_is_not_in_the_list_of_students(server, chatd, ada, ben):
    classroom = create_class(ada).join(ben)
    session = start_live(classroom)
    with Framed(chatd, ada.token) as teacher:
        teacher.join(session["room"])
        rows = ada.get(f"{classroom.path}/sessions/{session['id']}/attendance")["attendance"]
    assert [row["user"]["id"] for row in rows] == [ben.id]
