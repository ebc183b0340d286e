"""The record of one student; and live classes that were none, which count for nobody."""

import pytest

from support.attendance import MINUTE, Lesson, table, tallies
from support.chat import Framed, end_live, start_live
from support.client import TIME, Client
from support.page import Visitor
from support.school import create_class, sign_up
from support.wait import wait_until


# Of one student.

def test_a_student_sees_which_sessions_they_were_in(cluster, ada, ben, cleo, algebra):
    first = Lesson(cluster, algebra, "Fractions").stay(ben, 0, 10 * MINUTE).stay(ben, 5 * MINUTE, 20 * MINUTE)
    missed = Lesson(cluster, algebra, "Powers").stay(cleo, 0, 60 * MINUTE)
    corrected = Lesson(cluster, algebra, "Roots").stay(ben, 0, 5 * MINUTE)
    ada.post(f"{corrected.path}/{ben.id}", {"minutes": 45, "reason": "The network was down"})
    answer = ben.get(algebra.path + "/attendance")
    assert set(answer.json) == {"attendance", "sessions"}
    sessions = answer["sessions"]
    lives = {live["id"]: live for live in ben.get(algebra.path + "/sessions")["sessions"]}
    assert [row["id"] for row in sessions] == [lesson.session["id"] for lesson in (corrected, missed, first)]
    for row in sessions:
        live = lives[row["id"]]
        assert {key: row[key] for key in live} == live
        assert row["present"] is False
    assert [row["title"] for row in sessions] == ["Roots", "Powers", "Fractions"]
    assert [row["seconds"] for row in sessions] == [45 * MINUTE, 0, 20 * MINUTE]
    assert [row["attended"] for row in sessions] == [True, False, True]
    assert [row["corrected"] for row in sessions] == [True, False, False]
    assert [row.get("reason") for row in sessions] == ["The network was down", None, None]
    assert tallies(ben, algebra)[ben.id] == (2, 3, 65 * MINUTE)


def test_a_record_is_of_what_its_tally_counts(server, cluster, ada, ben, algebra):
    Lesson(cluster, algebra, "Before")
    late = sign_up(server, "Late")
    algebra.join(late)
    answer = late.get(algebra.path + "/attendance")
    assert answer["sessions"] == [] and answer["attendance"][0]["sessions_total"] == 0
    session = start_live(algebra, "Now")
    for person, n in ((late, 1), (ben, 2)):
        answer = person.get(algebra.path + "/attendance")
        assert answer["sessions"][0]["id"] == session["id"]
        assert answer["sessions"][0]["ended_at"] is None
        assert len(answer["sessions"]) == answer["attendance"][0]["sessions_total"] == n


def test_a_record_says_where_one_is_just_now(chatd, ben, algebra):
    session = start_live(algebra)
    last = lambda: ben.get(algebra.path + "/attendance")["sessions"][0]
    assert last()["present"] is last()["attended"] is False
    with Framed(chatd, ben.token) as student:
        student.join(session["room"])
        assert wait_until(lambda: last()["present"] and last())["attended"] is True


def test_an_instructor_sees_the_record_that_the_student_sees(cluster, ada, ben, cleo, algebra):
    Lesson(cluster, algebra, "Fractions").stay(ben, 0, 10 * MINUTE).stay(cleo, 0, 30 * MINUTE)
    corrected = Lesson(cluster, algebra, "Roots")
    ada.post(f"{corrected.path}/{ben.id}", {"minutes": 45, "reason": "The network was down"})
    answer = ada.get(f"{algebra.path}/attendance/{ben.id}")
    assert answer.status == 200 and answer["user"] == {"id": ben.id, "name": ben.name}
    assert {**answer.json, "user": None} == {**ben.get(algebra.path + "/attendance").json, "user": None}
    assert [row["seconds"] for row in answer["sessions"]] == [45 * MINUTE, 10 * MINUTE]


def test_a_record_is_of_a_student_of_the_class_and_for_its_instructors(server, ada, ben, cleo, dora, algebra, lesson):
    path = f"{algebra.path}/attendance"
    assert ada.get(f"{path}/{cleo.id}").status == 200
    for person, status in ((ben, 403), (dora, 404), (Client(server), 401)):
        assert person.get(f"{path}/{ben.id}").status == status
        assert person.get(f"{path}/{cleo.id}").status == status
    other = create_class(ada).join(dora)
    for nobody in (ada.id, dora.id, 999999999):
        assert ada.get(f"{path}/{nobody}").status == 404
    assert ada.get(f"{other.path}/attendance/{ben.id}").status == 404
    ada.post(f"{algebra.path}/people/{cleo.id}/remove")
    assert ada.get(f"{path}/{cleo.id}").status == 404


def test_an_instructor_has_no_record_of_the_own(ada, algebra, lesson):
    assert set(ada.get(algebra.path + "/attendance").json) == {"attendance"}


# What does not count.

def _leave_out(person, lesson, reason="Is it on?"):
    answer = person.post(lesson.path + "/leave-out", {"reason": reason})
    assert answer.status == 200, answer
    return answer


@pytest.fixture
def microphone(cluster, ada, ben, cleo, algebra):
    """A live class that was none, and one before it that was."""
    Lesson(cluster, algebra, "Fractions").stay(ben, 0, 10 * MINUTE)
    lesson = Lesson(cluster, algebra, "Microphone").stay(ben, 0, 2 * MINUTE)
    _leave_out(ada, lesson)
    return lesson


def test_a_session_that_is_left_out_is_in_no_tally(ada, ben, cleo, algebra, microphone):
    of_ben, of_cleo = (1, 1, 10 * MINUTE), (0, 1, 0)
    assert tallies(ada, algebra) == {ben.id: of_ben, cleo.id: of_cleo}
    assert tallies(ben, algebra) == {ben.id: of_ben}
    for person in (ada, ben):
        rows = {int(row["id"]): (int(row["attended"]), int(row["sessions_total"]), int(row["seconds"]))
            for row in table(person.get(algebra.path + "/attendance.csv"))}
        assert rows == tallies(person, algebra)


def test_a_session_that_is_left_out_says_so_wherever_it_stands(ada, ben, algebra, microphone):
    for person in (ada, ben):
        answer = person.get(algebra.path + "/sessions")
        assert [live["counts"] for live in answer["sessions"]] == [False, True]
    assert ada.get(microphone.path)["session"]["counts"] is False
    assert {row["counts"] for row in table(ada.get(microphone.path + ".csv"))} == {"no"}
    for answer in (ben.get(algebra.path + "/attendance"), ada.get(f"{algebra.path}/attendance/{ben.id}")):
        assert [row["counts"] for row in answer["sessions"]] == [False, True]
        assert [row["attended"] for row in answer["sessions"]] == [True, True]
        assert [row["seconds"] for row in answer["sessions"]] == [2 * MINUTE, 10 * MINUTE]


def test_the_list_of_a_session_that_is_left_out_is_read_and_corrected_as_before(ada, ben, cleo, microphone):
    assert {id_: row["seconds"] for id_, row in microphone.rows().items()} == {ben.id: 2 * MINUTE, cleo.id: 0}
    assert ada.post(f"{microphone.path}/{cleo.id}", {"minutes": 5, "reason": "Seen"}).status == 200
    assert microphone.rows()[cleo.id]["seconds"] == 5 * MINUTE


def test_what_is_left_out_says_who_when_and_why_to_instructors(ada, ben, algebra, lesson):
    assert set(ada.get(lesson.path).json) == {"session", "attendance"}
    answer = _leave_out(ada, lesson, "Is <it> on?")
    assert set(answer.json) == {"session"}
    assert answer["session"] == ada.get(algebra.path + "/sessions")["sessions"][0]
    assert answer["session"]["counts"] is False
    decision = ada.get(lesson.path)["decision"]
    assert (decision["reason"], decision["by"]) == ("Is <it> on?", ada.name) and TIME.fullmatch(decision["at"])
    for path in ("/sessions", "/attendance"):
        assert "Is <it> on?" not in ben.get(algebra.path + path).text


def test_what_is_taken_in_again_counts_again(ada, ben, algebra, microphone):
    answer = ada.post(microphone.path + "/take-in", {"reason": "It was a lesson"})
    assert answer.status == 200 and answer["session"]["counts"] is True
    assert ada.get(microphone.path)["decision"]["reason"] == "It was a lesson"
    assert tallies(ben, algebra)[ben.id] == tallies(ada, algebra)[ben.id] == (2, 2, 12 * MINUTE)


def test_leaving_out_twice_and_taking_in_what_counts_do_no_harm(cluster, ada, ben, cleo, algebra, lesson):
    ada.post(f"{algebra.path}/people/{cleo.id}/role", {"role": "instructor"})
    for person, verb, counts in ((ada, "take-in", True), (ada, "leave-out", False), (cleo, "leave-out", False),
            (ada, "take-in", True), (ada, "take-in", True)):
        answer = person.post(f"{lesson.path}/{verb}", {"reason": f"{verb} by {person.name}"})
        assert answer.status == 200 and answer["session"]["counts"] is counts
        assert tallies(ben, algebra)[ben.id] == (0, int(counts), 0)
        assert ada.get(lesson.path)["decision"]["by"] == person.name
    with cluster.query() as cursor:
        cursor.execute("SELECT decided_by, counts, reason FROM mc.live_counting"
            " WHERE live_id = %s ORDER BY id", (lesson.session["id"],))
        assert [row[:2] for row in cursor.fetchall()] == [(ada.id, True), (ada.id, False), (cleo.id, False),
            (ada.id, True), (ada.id, True)]


def test_a_session_that_is_on_is_left_out_and_goes_on(chatd, ada, ben, cleo, algebra):
    session = start_live(algebra)
    path = f"{algebra.path}/sessions/{session['id']}/attendance"
    with Framed(chatd, ben.token) as student:
        student.join(session["room"])
        wait_until(lambda: tallies(ben, algebra)[ben.id][0] == 1)
        answer = ada.post(path + "/leave-out", {"reason": "Is it on?"})
        assert answer.status == 200 and answer["session"]["ended_at"] is None
        assert ben.get(algebra.path + "/live")["session"]["counts"] is False
        assert tallies(ben, algebra)[ben.id] == (0, 0, 0)
        assert ben.get(algebra.path + "/attendance")["sessions"][0]["present"] is True
    end_live(algebra)
    assert ben.get(algebra.path + "/sessions")["sessions"][0]["counts"] is False


@pytest.mark.parametrize("verb", ["leave-out", "take-in"])
def test_nobody_else_decides_what_counts(server, ada, ben, dora, algebra, lesson, verb):
    fields = {"reason": "I was not there"}
    for person, status in ((ben, 403), (dora, 404), (Client(server), 401)):
        assert person.post(f"{lesson.path}/{verb}", fields).status == status
        assert person.post(f"{lesson.path}/{verb}", {}).status == status
    assert ada.get(f"{lesson.path}/{verb}").status == 405
    assert tallies(ben, algebra)[ben.id] == (0, 1, 0)


@pytest.mark.parametrize("verb", ["leave-out", "take-in"])
@pytest.mark.parametrize("reason", [None, "", "  ", "r" * 501, "two\nlines"], ids=lambda value: repr(value)[:12])
def test_what_counts_is_decided_with_a_reason(ada, ben, algebra, lesson, verb, reason):
    answer = ada.post(f"{lesson.path}/{verb}", {"reason": reason} if reason is not None else {})
    assert answer.status == 422 and list(answer.errors) == ["reason"]
    assert tallies(ben, algebra)[ben.id] == (0, 1, 0)
    assert ada.post(f"{lesson.path}/{verb}", {"reason": "ß" * 500}).status == 200


# Without scripts.

def test_from_the_list_one_comes_to_a_students_record_and_its_corrections(
        teacher, ada, ben, cleo, algebra, lesson):
    lesson.stay(ben, 0, 10 * MINUTE)
    page = teacher.get(algebra.path + "/attendance").follow(ben.name)
    assert page.path == f"{algebra.path}/attendance/{ben.id}" and page.status == 200
    assert page.dom.one("h2").text == ben.name and "1 of 1" in page.text and cleo.name not in page.text
    page = page.follow("Correct")
    assert page.path == f"{lesson.path}/{ben.id}" and page.form(page.path)


def test_a_student_who_joined_just_now_has_an_empty_record(server, teacher, algebra, lesson):
    late = sign_up(server, "Late")
    algebra.join(late)
    page = teacher.get(f"{algebra.path}/attendance/{late.id}")
    assert page.status == 200 and f"no live class since {late.name} joined" in page.text
    assert not page.dom.all("li")


def test_pages_say_what_does_not_count(teacher, student, ben, algebra, microphone):
    pages = [(teacher, "/sessions"), (teacher, "/attendance"), (teacher, f"/attendance/{ben.id}"),
        (student, "/sessions"), (student, "/attendance")]
    for visitor, path in pages:
        page = visitor.get(algebra.path + path)
        marked = [row.text for row in page.dom.all("li") if "Does not count" in row.text]
        assert len(marked) == 1 and "Microphone" in marked[0], path
    assert "Does not count" in teacher.get(microphone.path).text
    assert "1 of 1" in student.get(algebra.path + "/attendance").text


def test_a_record_of_nothing_that_counts_says_so_and_no_zero_of_zero(server, teacher, ada, algebra):
    late = sign_up(server, "Late")
    algebra.join(late)
    session = start_live(algebra, "Microphone")
    ada.post(f"{algebra.path}/sessions/{session['id']}/attendance/leave-out", {"reason": "Is it on?"})
    own = Visitor(server)
    own.log_in(late)
    for page in (own.get(algebra.path + "/attendance"), teacher.get(f"{algebra.path}/attendance/{late.id}")):
        assert "None of these live classes counts." in page.text and "Microphone" in page.text
        assert "0 of 0" not in page.text


def test_a_session_is_left_out_and_taken_in_without_scripts(teacher, ada, ben, lesson):
    leave_out, take_in = lesson.path + "/leave-out", lesson.path + "/take-in"
    page = teacher.get(lesson.path)
    assert page.form(leave_out) and "Does not count" not in page.text
    page = page.submit(leave_out, reason="<b>Is it on?</b>")
    assert page.status == 200 and page.path == lesson.path + "?done=left-out"
    assert page.dom.one(role="status").text == "This live class does not count any more."
    assert "Does not count" in page.text and f"{ada.name} left it out" in page.text
    assert "<b>Is it on?</b>" in page.text and ben.name in page.text
    assert page.form(take_in) and not [form for form in page.forms if form.action == leave_out]
    page = page.submit(take_in, reason="It was a lesson")
    assert page.status == 200 and page.path == lesson.path + "?done=taken-in"
    assert page.dom.one(role="status").text == "This live class counts again."
    assert page.form(leave_out) and "Does not count" not in page.text and "Is it on?" not in page.text
    assert f"{ada.name} took it in again" in page.text and "It was a lesson" in page.text


def test_a_wrong_reason_comes_back_with_what_was_typed_and_the_list(teacher, ada, ben, lesson):
    for verb in ("leave-out", "take-in"):
        page = teacher.get(lesson.path).submit(f"{lesson.path}/{verb}", reason="<" + "r" * 500)
        assert page.status == 422 and ben.name in page.text
        form = page.form(f"{lesson.path}/{verb}")
        assert form.fields["reason"] == "<" + "r" * 500 and form.error_of("reason")
        assert "autofocus" in form.controls["reason"]
        if verb == "leave-out":
            _leave_out(ada, lesson)


def test_a_student_who_has_missed_nothing_yet_reads_so(student, algebra):
    page = student.get(algebra.path + "/attendance")
    assert page.status == 200 and "no live class since you joined" in page.text
    assert "0 of 0" not in page.text and not page.dom.all("li")


@pytest.mark.parametrize("first,second,sum_", [(181, 89, 4), (90, 90, 4), (20, 25, 0), (29, 30, 1)])
def test_the_minutes_of_all_are_the_sum_of_those_of_each(server, cluster, ada, ben, algebra, first, second, sum_):
    for seconds in (first, second):
        Lesson(cluster, algebra).stay(ben, 0, seconds)
    said = f"{sum_} min" if sum_ > 0 else "under a minute"
    for person, pages in ((ada, ("", f"/{ben.id}")), (ben, ("",))):
        visitor = Visitor(server)
        visitor.log_in(person)
        for page in pages:
            assert said in visitor.get(f"{algebra.path}/attendance{page}").dom.one("main").text
        [csv] = [row for row in table(person.get(algebra.path + "/attendance.csv")) if int(row["id"]) == ben.id]
        assert (csv["seconds"], csv["minutes"]) == (str(first + second), str(sum_))
        [row] = [row for row in person.get(algebra.path + "/attendance")["attendance"]
            if row["user"]["id"] == ben.id]
        assert (row["seconds"], row["minutes"]) == (first + second, sum_)


def test_a_student_reads_the_own_attendance_and_no_more(server, cluster, ada, ben, cleo, algebra, lesson):
    lesson.stay(ben, 0, 65 * MINUTE)
    student = Visitor(server)
    student.log_in(ben)
    Lesson(cluster, algebra, "<b>Missed</b>")
    corrected = Lesson(cluster, algebra, "Corrected")
    ada.post(f"{corrected.path}/{ben.id}", {"minutes": 45, "reason": "<b>The network</b>"})
    page = student.get(algebra.path + "/attendance")
    assert page.status == 200 and "2 of 3" in page.text and "1 h 45 min" in page.text
    rows = [row.text for row in page.dom.one("ul").all("li")]
    assert rows[0].startswith("Corrected ") and "45 min" in rows[0] and "corrected: <b>The network</b>" in rows[0]
    assert rows[1].startswith("<b>Missed</b> ") and rows[1].endswith("absent")
    assert rows[2].startswith("Past hour ") and rows[2].endswith("1 h 00 min")
    assert f"/rooms/{lesson.session['room']}" in page.links
    assert cleo.name not in page.source and lesson.path not in page.links
    answer = student.open(lesson.path)
    assert answer.status == 403 and answer.headers["Content-Type"].startswith("text/html")
