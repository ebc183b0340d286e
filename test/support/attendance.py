"""Attendance: a lesson that took place at a time of the test's choosing, and what is said of it."""

import csv
import io

from support.chat import end_live, start_live

MINUTE = 60


class Lesson:
    """A live session of some hours that ended an hour ago, and who stayed when: in seconds from its beginning."""

    def __init__(self, cluster, classroom, title="Past hour", hours=1):
        self.cluster, self.classroom = cluster, classroom
        self.session = start_live(classroom, title)
        end_live(classroom)
        self.path = f"{classroom.path}/sessions/{self.session['id']}/attendance"
        with cluster.query() as cursor:
            cursor.execute("UPDATE mc.live_session SET started_at = now() - %s * interval '1 hour'"
                " WHERE id = %s", (hours + 1, self.session["id"]))
            # The trigger lets no session end twice.
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE mc.live_session SET ended_at = now() - interval '1 hour'"
                " WHERE id = %s", (self.session["id"],))
            cursor.execute("UPDATE mc.membership SET joined_at = now() - %s * interval '1 hour'"
                " WHERE class_id = %s", (hours + 2, classroom.id))

    def stay(self, person, first, last):
        with self.cluster.query() as cursor:
            cursor.execute("INSERT INTO mc.stay (class_id, room_id, account_id, role, instance,"
                " joined_at, beat_at, left_at) SELECT m.class_id, %s, m.account_id, m.role, 1,"
                " l.started_at + %s * interval '1 second', l.started_at, l.started_at"
                " + %s * interval '1 second' FROM mc.membership m JOIN mc.live_session l"
                " ON l.class_id = m.class_id WHERE m.class_id = %s AND m.account_id = %s"
                " AND l.id = %s", (self.session["room"], first, last, self.classroom.id, person.id,
                self.session["id"]))
            assert cursor.rowcount == 1
        return self

    def rows(self, person=None):
        answer = (person or self.classroom.teacher).get(self.path)
        assert answer.status == 200, answer
        return {row["user"]["id"]: row for row in answer["attendance"]}


def tallies(person, classroom):
    answer = person.get(classroom.path + "/attendance")
    assert answer.status == 200, answer
    return {row["user"]["id"]: (row["attended"], row["sessions_total"], row["seconds"])
        for row in answer["attendance"]}


def table(answer):
    """The rows as a spreadsheet reads them, each a dictionary."""
    assert answer.status == 200, answer
    text = answer.body.decode("utf-8")
    assert text.startswith("\ufeff") and text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", ""), "RFC 4180, 2.1: lines end with CRLF"
    return list(csv.DictReader(io.StringIO(text[1:], newline=""), strict=True))
