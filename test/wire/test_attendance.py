"""Attendance over HTTP: of a session, over all sessions, as CSV; and corrections with their reason."""

import re

import pytest

from support.attendance import MINUTE, Lesson, table, tallies
from support.chat import Framed, end_live, start_live
from support.client import TIME, Client
from support.page import Visitor
from support.school import create_class, sign_up
from support.wait import wait_until


# Of one session.

def test_a_session_that_nobody_came_to_lists_all_students_as_absent(ada, ben, cleo, lesson):
    rows = lesson.rows()
    assert set(rows) == {ben.id, cleo.id}, "instructors teach"
    assert rows[ben.id]["user"] == {"id": ben.id, "name": ben.name}
    for row in rows.values():
        assert row["first_joined_at"] is None and row["last_left_at"] is None
        assert row["seconds"] == 0 and row["present"] is False and row["corrected"] is False
        assert row["attended"] is False


def test_what_overlaps_counts_once_and_what_is_outside_not_at_all(ben, cleo, lesson):
    lesson.stay(ben, 10 * MINUTE, 30 * MINUTE).stay(ben, 20 * MINUTE, 40 * MINUTE)
    lesson.stay(ben, 50 * MINUTE, 55 * MINUTE)
    lesson.stay(cleo, -10 * MINUTE, 100 * MINUTE)
    rows = lesson.rows()
    assert rows[ben.id]["seconds"] == 35 * MINUTE
    assert rows[cleo.id]["seconds"] == 60 * MINUTE
    for row in rows.values():
        assert TIME.fullmatch(row["first_joined_at"]) and TIME.fullmatch(row["last_left_at"])
        assert row["first_joined_at"] < row["last_left_at"]


def test_seconds_are_whole_and_never_more_than_there_were(ben, lesson):
    lesson.stay(ben, 0, 61.9)
    assert lesson.rows()[ben.id]["seconds"] == 61


def test_who_is_there_now_is_present_and_has_not_left(server, chatd, ada, ben, cleo, algebra):
    session = start_live(algebra)
    path = f"{algebra.path}/sessions/{session['id']}/attendance"

    def row(person):
        return {row["user"]["id"]: row for row in ada.get(path)["attendance"]}[person.id]

    with Framed(chatd, ben.token) as student:
        student.join(session["room"])
        seen = wait_until(lambda: row(ben)["present"] and row(ben))
        assert TIME.fullmatch(seen["first_joined_at"]) and seen["last_left_at"] is None
        assert row(cleo)["present"] is False
    seen = wait_until(lambda: not row(ben)["present"] and row(ben))
    assert seen["last_left_at"] >= seen["first_joined_at"]
    end_live(algebra)
    assert row(ben)["present"] is False


def test_who_is_there_and_does_not_count_is_absent(server, chatd, ben, algebra, teacher, student):
    session = start_live(algebra)
    path = f"{algebra.path}/sessions/{session['id']}/attendance"
    with Framed(chatd, ben.token) as pupil:
        pupil.join(session["room"])
        wait_until(lambda: tallies(ben, algebra)[ben.id][0] == 1)
        answer = algebra.teacher.post(f"{path}/{ben.id}", {"minutes": 0, "reason": "Her brother"})
        row = answer["attendance"]
        assert (row["seconds"], row["corrected"], row["attended"], row["present"]) == (0, True, False, True)
        assert tallies(ben, algebra) == {ben.id: (0, 1, 0)}
        for page in (teacher.get(path), student.get(algebra.path + "/attendance")):
            assert "absent" in page.text and "Here now" in page.text, page.text


def test_who_left_the_class_stays_in_the_list_of_the_past(ada, ben, cleo, algebra, lesson):
    lesson.stay(ben, 0, 60 * MINUTE)
    for gone in (ben, cleo):
        assert ada.post(f"{algebra.path}/people/{gone.id}/remove").status == 204
    rows = lesson.rows()
    assert set(rows) == {ben.id} and rows[ben.id]["seconds"] == 60 * MINUTE


def test_only_instructors_see_who_came_to_a_session(server, ada, ben, dora, lesson):
    for path in (lesson.path, lesson.path + ".csv", f"{lesson.path}/{ben.id}"):
        assert ada.get(path).status == 200, path
        assert ben.get(path).status == 403, path
        assert dora.get(path).status == 404, path
        assert Client(server).get(path).status == 401, path


def test_a_session_is_found_in_its_own_class_only(ada, ben, algebra, lesson):
    other = create_class(ada).join(ben)
    own = start_live(other)
    for classroom, session in ((other, lesson.session["id"]), (algebra, own["id"]), (algebra, 999999999)):
        path = f"{classroom.path}/sessions/{session}/attendance"
        assert ada.get(path).status == ada.get(path + ".csv").status == 404
        for tail in (f"/{ben.id}", f"/{ben.id}/undo", "/leave-out", "/take-in"):
            for fields in ({"minutes": 5, "reason": "Why not"}, {}):
                assert ada.post(path + tail, fields).status == 404, (tail, fields)


# Over all sessions.

def test_an_instructor_sees_every_tally_and_a_student_the_own(
        server, cluster, ada, ben, cleo, dora, algebra):
    assert tallies(ada, algebra) == {ben.id: (0, 0, 0), cleo.id: (0, 0, 0)}
    Lesson(cluster, algebra).stay(ben, 0, 10 * MINUTE).stay(cleo, 0, 5 * MINUTE)
    Lesson(cluster, algebra).stay(ben, 0, 20 * MINUTE)
    of_ben, of_cleo = (2, 2, 30 * MINUTE), (1, 2, 5 * MINUTE)
    assert tallies(ada, algebra) == {ben.id: of_ben, cleo.id: of_cleo}
    assert tallies(ben, algebra) == {ben.id: of_ben}
    assert tallies(cleo, algebra) == {cleo.id: of_cleo}
    for face in ("", ".csv"):
        assert cleo.name not in ben.get(algebra.path + "/attendance" + face).text
        assert dora.get(algebra.path + "/attendance" + face).status == 404
        assert Client(server).get(algebra.path + "/attendance" + face).status == 401


def test_of_what_was_before_one_joined_nothing_is_said(server, cluster, ada, algebra):
    Lesson(cluster, algebra)
    late = sign_up(server, "Late")
    algebra.join(late)
    assert tallies(late, algebra) == {late.id: (0, 0, 0)}
    start_live(algebra)
    assert tallies(late, algebra) == {late.id: (0, 1, 0)}


def test_who_joins_later_is_not_missed_in_the_list_until_a_teacher_says_so(server, teacher, ada, ben, algebra, lesson):
    lesson.stay(ben, 0, 10 * MINUTE)
    late = sign_up(server, "Late")
    algebra.join(late)
    assert [row["belongs"] for row in lesson.rows().values()].count(True) == 2
    assert lesson.rows()[late.id]["belongs"] is False
    page = teacher.get(lesson.path).text
    assert "1 of 2 were there" in page and page.count("absent") == page.count("not in the class then") == 1
    assert {int(row["id"]): row["belongs"] for row in table(ada.get(lesson.path + ".csv"))} == {
        id_: "yes" if row["belongs"] else "no" for id_, row in lesson.rows().items()}
    ada.post(f"{lesson.path}/{late.id}", {"minutes": 20, "reason": "Had no account yet"})
    assert lesson.rows()[late.id]["belongs"] is True
    page = teacher.get(lesson.path).text
    assert "2 of 3 were there" in page and "not in the class then" not in page


def test_nobody_has_missed_what_was_before_all_joined(server, cluster, teacher, ada):
    classroom = create_class(ada)
    lesson = Lesson(cluster, classroom)
    classroom.join(sign_up(server, "Late"))
    page = teacher.get(lesson.path).text
    assert "0 of 0 were there" in page and "not in the class then" in page


@pytest.mark.parametrize("role", ["student", "instructor"])
def test_who_was_removed_and_comes_back_has_not_lost_what_was_attended(cluster, ada, ben, algebra, role):
    Lesson(cluster, algebra).stay(ben, 0, 10 * MINUTE)
    corrected = Lesson(cluster, algebra)
    ada.post(f"{corrected.path}/{ben.id}", {"minutes": 5, "reason": "Seen"})
    Lesson(cluster, algebra)
    assert ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": role}).status == 200
    ada.post(f"{algebra.path}/people/{ben.id}/remove")
    with cluster.query() as cursor:
        cursor.execute("UPDATE mc.membership SET ended_at = ended_at - interval '150 minutes', away ="
            " tstzmultirange(tstzrange(lower(away) - interval '150 minutes', NULL))"
            " WHERE class_id = %s AND account_id = %s", (algebra.id, ben.id))
    algebra.join(ben)
    assert tallies(ben, algebra)[ben.id] == (2, 2, 15 * MINUTE), "nothing of what was missed while away"
    assert tallies(ada, algebra)[ben.id] == (2, 2, 15 * MINUTE)
    start_live(algebra)
    assert tallies(ben, algebra)[ben.id] == (2, 3, 15 * MINUTE), "but of what comes behind it"


def test_who_leaves_and_joins_again_has_still_missed_what_was_missed(cluster, ada, ben, algebra):
    Lesson(cluster, algebra)
    Lesson(cluster, algebra).stay(ben, 0, 10 * MINUTE)
    joined = {p["id"]: p["joined_at"] for p in ada.get(algebra.path + "/people")["students"]}
    for _ in range(3):
        assert ben.post(algebra.path + "/leave").status == 204
        algebra.join(ben)
        assert tallies(ben, algebra)[ben.id] == (1, 2, 10 * MINUTE)
    assert {p["id"]: p["joined_at"] for p in ada.get(algebra.path + "/people")["students"]} == joined


# CSV.

def test_the_table_of_a_session_says_what_the_json_says(ada, ben, cleo, lesson):
    lesson.stay(ben, 10 * MINUTE, 30 * MINUTE)
    rows = {int(row["id"]): row for row in table(ada.get(lesson.path + ".csv"))}
    told = lesson.rows()
    assert set(rows) == set(told)
    for id_, row in rows.items():
        assert row["name"] == told[id_]["user"]["name"]
        assert row["first_joined_at"] == (told[id_]["first_joined_at"] or "")
        assert row["last_left_at"] == (told[id_]["last_left_at"] or "")
        assert int(row["seconds"]) == told[id_]["seconds"]
        assert row["present"] == row["corrected"] == "no" and row["counts"] == "yes"
    assert rows[ben.id]["minutes"] == "20"
    assert rows[ben.id]["attended"] == "yes" and rows[cleo.id]["attended"] == "no"


def test_the_table_over_all_sessions_says_what_the_json_says(ada, ben, cleo, algebra, lesson):
    lesson.stay(ben, 0, 10 * MINUTE)
    for person in (ada, ben):
        rows = {int(row["id"]): (int(row["attended"]), int(row["sessions_total"]), int(row["seconds"]))
            for row in table(person.get(algebra.path + "/attendance.csv"))}
        assert rows == tallies(person, algebra)


def test_two_of_one_name_are_told_apart_by_their_addresses(server, cluster, teacher, ada, ben, cleo, algebra):
    twin = sign_up(server, "Twin")
    algebra.join(twin)
    with cluster.query() as cursor:
        cursor.execute("UPDATE mc.account SET name = %s WHERE id = %s", (ben.name, twin.id))
    lesson = Lesson(cluster, algebra)
    page = teacher.get(lesson.path).text
    assert page.count(ben.name) == 2 and cleo.name in page
    assert ben.email in page and twin.email in page and cleo.email not in page
    for file in (lesson.path + ".csv", algebra.path + "/attendance.csv"):
        assert {int(row["id"]): row["email"] for row in table(ada.get(file))} == {
            person.id: person.email for person in (ben, cleo, twin)}
    for path in (lesson.path, algebra.path + "/attendance"):
        assert {row["user"]["id"]: row["email"] for row in ada.get(path)["attendance"]} == {
            person.id: person.email for person in (ben, cleo, twin)}


def test_a_student_reads_no_address_in_the_attendance(server, cluster, ben, algebra):
    twin = sign_up(server, "Twin")
    algebra.join(twin)
    with cluster.query() as cursor:
        cursor.execute("UPDATE mc.account SET name = %s WHERE id = %s", (ben.name, twin.id))
    Lesson(cluster, algebra)
    for tail in ("/attendance", "/attendance.csv"):
        for accept in ("application/json", "text/html"):
            answer = ben.get(algebra.path + tail, Accept=accept)
            assert answer.status == 200 and "@" not in answer.text
    assert "email" not in ben.get(algebra.path + "/attendance.csv").text, "nor a column for it"


def test_a_table_is_a_file_to_keep_and_in_no_cache(ada, algebra, lesson):
    for path in (lesson.path + ".csv", algebra.path + "/attendance.csv"):
        for accept in ("application/json", "text/html", "text/csv", "*/*"):
            answer = ada.client.request("GET", path, headers={"Accept": accept})
            assert answer.status == 200
            assert answer.headers["Content-Type"].split(";")[0] == "text/csv"
            assert "charset=utf-8" in answer.headers["Content-Type"]
            assert re.fullmatch(r'attachment; filename="[a-z0-9-]+\.csv"',
                answer.headers["Content-Disposition"])
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


NAMES = ['=HYPERLINK("https://elsewhere.example";"x")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1:A9)",
    'Quote "Q" Quill', "Comma, Semi; Colon", "Zoë Łukasiewicz 數學", "'already", "= 1"]


def test_no_cell_is_a_formula_and_every_name_comes_back(server, ada):
    classroom = create_class(ada)
    students = {person.id: person for person in (sign_up(server, name) for name in NAMES)}
    classroom.join(*students.values())
    session = start_live(classroom)
    path = f"{classroom.path}/sessions/{session['id']}/attendance"
    reason = "=cmd|'/C calc'!A1"
    for id_ in students:
        assert ada.post(f"{path}/{id_}", {"minutes": 5, "reason": reason}).status == 200
    for file in (path + ".csv", classroom.path + "/attendance.csv"):
        rows = table(ada.get(file))
        assert {int(row["id"]) for row in rows} == set(students)
        for row in rows:
            name = students[int(row["id"])].name
            assert row["name"] == ("'" + name if name[0] in "=+-@" else name)
            assert not [cell for cell in row.values() if cell[:1] in tuple("=+-@\t\r")]
            assert row.get("reason") in (None, "'" + reason)


# Corrections.

def test_a_correction_counts_and_says_who_when_and_why(ada, ben, cleo, algebra, lesson):
    lesson.stay(ben, 0, 10 * MINUTE)
    answer = ada.post(f"{lesson.path}/{ben.id}", {"minutes": 45, "reason": "The network was down"})
    assert answer.status == 200
    row = lesson.rows()[ben.id]
    assert answer["attendance"] == row
    assert row["seconds"] == 45 * MINUTE and row["counted_seconds"] == 10 * MINUTE
    assert row["corrected"] is True and row["reason"] == "The network was down"
    assert row["corrected_by"] == ada.name and TIME.fullmatch(row["corrected_at"])
    assert tallies(ada, algebra)[ben.id] == tallies(ben, algebra)[ben.id] == (1, 1, 45 * MINUTE)
    assert lesson.rows()[cleo.id]["corrected"] is False
    [kept] = [r for r in table(ada.get(lesson.path + ".csv")) if int(r["id"]) == ben.id]
    assert (kept["seconds"], kept["counted_seconds"]) == ("2700", "600")
    assert (kept["reason"], kept["corrected_by"]) == ("The network was down", ada.name)
    assert kept["corrected_at"] == row["corrected_at"]


def test_a_night_in_a_class_that_nobody_ended_can_be_corrected_as_it_is_offered(
        server, cluster, ada, ben, algebra):
    lesson = Lesson(cluster, algebra, hours=30).stay(ben, 0, 30 * 60 * MINUTE)
    teacher = Visitor(server)
    teacher.log_in(ada)
    page = teacher.get(f"{lesson.path}/{ben.id}")
    page.submit(f"{lesson.path}/{ben.id}", reason="He forgot the page")
    assert page.dom.one("input", name="minutes")["max"] == "1440"
    assert lesson.rows()[ben.id]["seconds"] == 1440 * MINUTE


def test_the_last_correction_counts_and_all_are_kept(cluster, ada, ben, cleo, algebra, lesson):
    ada.post(f"{algebra.path}/people/{cleo.id}/role", {"role": "instructor"})
    for person, minutes, reason in ((ada, 45, "First"), (cleo, 0, "Second"), (ada, 30, "Third")):
        assert person.post(f"{lesson.path}/{ben.id}",
            {"minutes": minutes, "reason": reason}).status == 200
        assert lesson.rows()[ben.id]["seconds"] == minutes * MINUTE
        assert lesson.rows()[ben.id]["corrected_by"] == person.name
    with cluster.query() as cursor:
        cursor.execute("SELECT corrected_by, seconds, reason FROM mc.attendance_correction"
            " WHERE live_id = %s ORDER BY id", (lesson.session["id"],))
        assert cursor.fetchall() == [(ada.id, 2700, "First"), (cleo.id, 0, "Second"),
            (ada.id, 1800, "Third")]


def test_a_correction_is_taken_back_with_a_reason_too(ada, ben, algebra, lesson):
    lesson.stay(ben, 0, 10 * MINUTE)
    ada.post(f"{lesson.path}/{ben.id}", {"minutes": 45, "reason": "A mistake"})
    answer = ada.post(f"{lesson.path}/{ben.id}/undo", {})
    assert answer.status == 422 and list(answer.errors) == ["reason"]
    answer = ada.post(f"{lesson.path}/{ben.id}/undo", {"reason": "It was another Ben"})
    assert answer.status == 200 and answer["attendance"]["seconds"] == 10 * MINUTE
    row = lesson.rows()[ben.id]
    assert row["seconds"] == 10 * MINUTE and row["corrected"] is False and "reason" not in row
    assert tallies(ben, algebra)[ben.id] == (1, 1, 10 * MINUTE)


def test_a_correction_outlives_that_its_student_comes_to_teach_or_leaves(ada, ben, cleo, algebra, lesson):
    for person in (ben, cleo):
        assert ada.post(f"{lesson.path}/{person.id}", {"minutes": 5, "reason": "Seen"}).status == 200
    assert ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"}).status == 200
    assert ada.post(f"{algebra.path}/people/{cleo.id}/remove").status == 204
    assert {id_: row["seconds"] for id_, row in lesson.rows().items()} == {
        ben.id: 5 * MINUTE, cleo.id: 5 * MINUTE}


def test_the_form_of_a_correction_is_json_too(ada, ben, lesson):
    answer = ada.get(f"{lesson.path}/{ben.id}")
    assert set(answer.json) == {"session", "row", "class"}
    assert answer["row"] == lesson.rows()[ben.id]


def test_nobody_else_corrects_anything(server, ada, ben, cleo, dora, lesson):
    fields = {"minutes": 60, "reason": "I was there"}
    for tail in (f"/{ben.id}", f"/{ben.id}/undo"):
        assert ben.post(lesson.path + tail, fields).status == 403
        assert cleo.post(lesson.path + tail, fields).status == 403
        assert dora.post(lesson.path + tail, fields).status == 404
        assert Client(server).post(lesson.path + tail, fields).status == 401
    assert lesson.rows()[ben.id]["corrected"] is False


def test_only_a_student_of_the_class_is_corrected(ada, dora, lesson):
    for who in (dora.id, ada.id, 999999999):
        answer = ada.post(f"{lesson.path}/{who}", {"minutes": 5, "reason": "Why not"})
        assert answer.status == 404, answer
        assert ada.get(f"{lesson.path}/{who}").status == 404
        assert ada.post(f"{lesson.path}/{who}/undo", {"reason": "Why not"}).status == 404


@pytest.mark.parametrize("fields,wrong", [
    ({}, ["minutes", "reason"]),
    ({"minutes": 5}, ["reason"]),
    ({"minutes": 5, "reason": "  "}, ["reason"]),
    ({"minutes": 5, "reason": "r" * 501}, ["reason"]),
    ({"minutes": 5, "reason": "two\nlines"}, ["reason"]),
    ({"reason": "r"}, ["minutes"]),
    ({"minutes": -1, "reason": "r"}, ["minutes"]),
    ({"minutes": 1441, "reason": "r"}, ["minutes"]),
    ({"minutes": 1.5, "reason": "r"}, ["minutes"]),
    ({"minutes": "an hour", "reason": "r"}, ["minutes"]),
    ({"minutes": None, "reason": "r"}, ["minutes"])], ids=lambda value: repr(value)[:40])
def test_a_correction_has_minutes_and_a_reason(ada, ben, lesson, fields, wrong):
    answer = ada.post(f"{lesson.path}/{ben.id}", fields)
    assert answer.status == 422 and sorted(answer.errors) == wrong
    assert lesson.rows()[ben.id]["corrected"] is False


def test_a_correction_while_it_is_live_counts_as_well(server, ada, ben, algebra):
    session = start_live(algebra)
    path = f"{algebra.path}/sessions/{session['id']}/attendance/{ben.id}"
    assert ada.post(path, {"minutes": 1440, "reason": "r" * 500}).status == 200
    assert tallies(ben, algebra)[ben.id] == (1, 1, 1440 * MINUTE)


# Without scripts.

def test_attendance_is_read_corrected_and_taken_back_without_scripts(
        teacher, ada, ben, cleo, algebra, lesson):
    lesson.stay(ben, 0, 10 * MINUTE)
    page = teacher.get(algebra.path + "/attendance")
    assert ben.name in page.text and "1 of 1" in page.text and "10 min" in page.text
    assert algebra.path + "/attendance.csv" in page.links
    page = page.follow("Past hour")
    assert page.path == lesson.path and lesson.path + ".csv" in page.links
    assert "10 min" in page.text and "absent" in page.text
    one = f"{lesson.path}/{ben.id}"
    page = teacher.get(one)
    assert page.form(one).fields["minutes"] == "10" and "The live class began" in page.text
    page = page.submit(one, minutes="45", reason="<b>The network</b>")
    assert page.status == 200 and page.path == lesson.path + "?done=corrected"
    assert "is corrected" in page.text
    assert "45 min" in page.text and "<b>The network</b>" in page.text and ada.name in page.text
    form = teacher.get(one).form(one)
    [undo] = [b for b in form.element.all("button") if (b["formaction"] or "").endswith("/undo")]
    assert undo.text == "Take the correction back" and "formnovalidate" in undo, "whatever the minutes say"
    page = teacher.post(undo["formaction"], {**form.fields, "minutes": "", "reason": ""})
    assert page.status == 422 and page.form(one).error_of("reason") and "45 min" in page.text
    page = teacher.post(undo["formaction"], {**form.fields, "minutes": "", "reason": "A mistake"})
    assert page.path == lesson.path + "?done=corrected" and "45 min" not in page.text


def test_the_title_of_a_correction_says_whose_and_of_what(teacher, ben, algebra, lesson):
    title = teacher.get(f"{lesson.path}/{ben.id}").dom.one("title").text
    assert title.startswith(f"Correct attendance · {ben.name} · Past hour · {algebra.name}")


def test_a_time_on_the_same_day_is_a_time_of_day(teacher, ben, cleo, algebra, lesson):
    """The day stands once, before; only who stayed past midnight has another."""
    lesson.stay(ben, 0, 10 * MINUTE)
    lesson.stay(cleo, 0, 26 * 60 * MINUTE)
    for path, n in ((algebra.path + "/sessions", 1), (lesson.path, 5)):
        times = [time for time in teacher.get(path).dom.all("time") if "data-since" in time]
        assert len(times) == n
        for time in times:
            clock = time["datetime"][11:16] + " UTC"
            if time["datetime"][:10] == time["data-since"][:10]:
                assert time.text == clock
            else:
                assert time.text.endswith(", " + clock)


def test_a_wrong_correction_comes_back_with_what_was_typed(teacher, ben, lesson):
    one = f"{lesson.path}/{ben.id}"
    page = teacher.get(one).submit(one, minutes="1441", reason="<Why>")
    assert page.status == 422
    form = page.form(one)
    assert form.fields["minutes"] == "1441" and form.fields["reason"] == "<Why>"
    assert form.error_of("minutes") and form.error_of("reason") is None


def test_a_file_is_not_given_to_who_is_not_logged_in(server, lesson):
    answer = Visitor(server).open(lesson.path + ".csv")
    assert answer.status == 303 and answer.headers["Location"].startswith("/login?next=")
