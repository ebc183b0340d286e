"""What a simpler program of this kind gives away: codes, classes, people, passwords."""

import json
import re

import pytest

from support.chat import append, discuss, open_thread, start_live
from support.client import Client
from support.page import Visitor
from support.process import Server, secrets
from support.routes import Route, routes_below
from support.school import create_class, log_in, new_email, new_password, sign_up, unique
from support.wait import wait_until


# Class codes.

def test_a_class_code_cannot_be_computed_from_the_id(server, ada):
    # The same id has had two codes, so no function of the id gives them.
    classroom = create_class(ada)
    codes = {classroom.code}
    for _ in range(5):
        codes.add(ada.post(classroom.path + "/code")["class"]["join_code"])
    assert len(codes) == 6


def test_codes_of_neighbours_have_nothing_in_common(server, ada):
    codes = [create_class(ada).code.replace("-", "") for _ in range(40)]
    assert len(set(codes)) == 40
    assert all(len(code) >= 8 for code in codes)
    for position in range(len(codes[0])):
        letters = [code[position] for code in codes]
        # 40 draws out of 30 letters show 22 different ones on average; a counter's high digits show one.
        assert len(set(letters)) >= 8, f"position {position}: {''.join(letters)}"
        assert letters != sorted(letters)


def test_a_code_holds_no_letters_that_people_mistake(server, ada):
    codes = "".join(create_class(ada).code for _ in range(10))
    assert not set(codes) & set("0O1IL")


# Not there, and not yours: the same.

CLASS_ROUTES = routes_below("/classes/{class}") + [
    Route("posts_of_a_tag", "GET", "/classes/{class}/posts?tag=x", "member"),
    Route("nowhere", "GET", "/classes/{class}/nowhere", "member")]
ROOM_ROUTES = routes_below("/rooms/{room}") + [
    Route("messages_after", "GET", "/rooms/{room}/messages?after=0", "who may enter")]
NOBODYS = 987654321


def _fill(classroom, user):
    """Something of everything in a class: the ids in the paths of its routes, and its rooms."""
    post, live, discussion = classroom.post("words", "x"), start_live(classroom), discuss(classroom)
    return {"class": classroom.id, "post": post["id"], "live": live["id"],
        "discussion": discussion["id"], "user": user.id, "seq": 1}, [live["room"], discussion["room"]]


class _Filled:
    """A class with a teacher, two students of whom one has a thread, and a stranger who teaches another."""

    def __init__(self, cluster, server):
        self.ada, self.ben, self.cleo, self.dora = (sign_up(server) for _ in range(4))
        self.classroom = create_class(self.ada).join(self.ben, self.cleo)
        create_class(self.dora)
        self.ids, self.rooms = _fill(self.classroom, self.cleo)
        self.thread = open_thread(self.classroom, {"id": self.ids["discussion"]}, self.cleo)
        self.rooms.append(self.thread)
        for room in self.rooms:
            append(cluster, room, self.cleo, 3)

    def path(self, route, **other):
        return route.path.format(**{**self.ids, **other})

    def reads(self):
        return [self.path(route) for route in CLASS_ROUTES if route.method == "GET"]

    def reads_of_teachers(self):
        # The form of a topic asks for no more than the discussion's page, which students may see.
        return [self.path(route) for route in CLASS_ROUTES if route.method == "GET"
            and route.who == "instructor" and route.name != "discussion_edit_page"]

    def reads_of(self, rooms):
        return [self.path(route, room=room) for room in rooms for route in ROOM_ROUTES if route.method == "GET"]


@pytest.fixture(scope="module")
def filled(cluster, server):
    """For who may change nothing in it."""
    return _Filled(cluster, server)


def _shape(answer, *ids):
    """What an answer says, without the time and the ids that were asked for."""
    fields = sorted((name, value) for name, value in answer.headers.items()
        if name not in ("Date", "Content-Length"))
    text = re.sub(r'name="client_id" value="[^"]*"', "", answer.text)
    for number in ids:
        text = text.replace(str(number), "ID")
    return answer.status, fields, text


@pytest.fixture(params=["json", "html"])
def ask(request, server):
    """Asks in one of both faces: ask(person, method, path)."""
    def ask_json(person, method, path):
        return person.get(path) if method == "GET" else person.post(path, {"role": "student",
            "body": "x", "name": "x"})

    def ask_html(person, method, path):
        visitor = Visitor(server)
        visitor.cookies["mc_session"] = person.token
        return visitor.open(path) if method == "GET" else visitor.send(path,
            {"role": "student", "body": "x", "name": "x"})

    return ask_json if request.param == "json" else ask_html


def _check_alike(ask, person, route, filled, name, number):
    """Asked for with `number`, which is there, and with one that nothing has."""
    there = ask(person, route.method, filled.path(route, **{name: number}))
    none = ask(person, route.method, filled.path(route, **{name: NOBODYS}))
    assert there.status == 404
    assert _shape(there, number, NOBODYS) == _shape(none, number, NOBODYS)


@pytest.mark.parametrize("route", CLASS_ROUTES, ids=lambda route: route.name)
def test_a_stranger_cannot_tell_a_class_from_none(filled, ask, route):
    _check_alike(ask, filled.dora, route, filled, "class", filled.classroom.id)


@pytest.mark.parametrize("route", ROOM_ROUTES, ids=lambda route: route.name)
def test_a_stranger_cannot_tell_a_room_from_none_nor_a_student_anothers_thread(filled, ask, route):
    for room in filled.rooms:
        _check_alike(ask, filled.dora, route, filled, "room", room)
    _check_alike(ask, filled.ben, route, filled, "room", filled.thread)


def test_nor_can_who_has_been_removed(server, ada, ben, algebra, ask):
    assert ada.post(f"{algebra.path}/people/{ben.id}/remove").status == 204
    there, none = ask(ben, "GET", algebra.path), ask(ben, "GET", f"/classes/{NOBODYS}")
    assert there.status == 404
    assert _shape(there, algebra.id, NOBODYS) == _shape(none, algebra.id, NOBODYS)


def test_another_classs_post_is_not_found_through_ones_own_class(server, ada, dora, algebra):
    post = algebra.post("private words")
    own = create_class(dora)
    for path in (f"/posts/{post['id']}", f"/posts/{post['id']}/edit", f"/posts/{post['id']}/remove"):
        assert dora.get(own.path + path).status == 404
    for path in (f"/posts/{post['id']}/edit", f"/posts/{post['id']}/remove"):
        assert dora.post(own.path + path, {"body": "mine now"}).status == 404
    assert algebra.bodies() == ["private words"]


def test_a_student_cannot_tell_by_a_refusal_who_is_in_the_class(server, ben, cleo, dora, algebra):
    # Cleo is in it, Dora is not.
    for verb in ("role", "remove"):
        answers = [ben.post(f"{algebra.path}/people/{who}/{verb}", {"role": "student"})
            for who in (cleo.id, dora.id, NOBODYS)]
        assert {answer.status for answer in answers} == {403}
        assert len({answer.body for answer in answers}) == 1


# Nor by the time: what is refused has not been read.

WRITTEN = ["post", "post_tag", "message", "message_removal", "live_counting", "stay",
    "attendance_correction", "reading"]


def _rows_read(cluster, tables):
    """By everybody who has left; what a session of PostgreSQL counts is told at its end at the latest."""
    with cluster.query() as cursor:
        def others():
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'mc_server'")
            return cursor.fetchone()[0]

        wait_until(lambda: others() == 0, what="the server's sessions have ended")
        cursor.execute("SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) + (SELECT"
            " coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes i WHERE i.relid = t.relid)"
            " FROM pg_stat_user_tables t WHERE relname = ANY (%s)", (tables,))
        return dict(cursor.fetchall())


def _ask_both_faces(server, person, paths):
    visitor = Visitor(server)
    visitor.cookies["mc_session"] = person.token
    client = Client(server, person.token)
    for path in paths:
        yield path, client.get(path).status, visitor.open(path).status


def test_nothing_is_read_for_who_may_not_see_it(new_cluster, workplace):
    cluster = new_cluster()
    server = Server(cluster.url(), workplace).start()
    filled = _Filled(cluster, server)  # in a database of its own, which nobody else asks
    server.stop()

    everything = WRITTEN + ["classroom", "discussion", "live_session", "room"]
    for who, paths, tables, status in (
            (filled.dora, filled.reads(), everything, {404}),
            (filled.dora, filled.reads_of(filled.rooms), WRITTEN, {404}),
            (filled.ben, filled.reads_of([filled.thread]), WRITTEN, {404}),
            (filled.ben, filled.reads_of_teachers(), WRITTEN, {403})):
        before = _rows_read(cluster, tables)
        assert len(before) == len(tables)
        server = Server(cluster.url(), workplace).start()
        for path, *statuses in _ask_both_faces(server, who, paths):
            assert set(statuses) == status, path
        server.stop()
        assert _rows_read(cluster, tables) == before


# The list of students is not in any answer that a student gets.

@pytest.fixture
def crowd(server, algebra):
    """Students whose names, addresses and ids no fellow student may learn."""
    people = [sign_up(server, "Fellow") for _ in range(12)]
    algebra.join(*people)
    return people


def _fill_and_read(classroom, person):
    """All that can be read of a class with something of everything, where a person is named this one."""
    ids, rooms = _fill(classroom, person)
    reads = [route.path for route in CLASS_ROUTES + ROOM_ROUTES if route.method == "GET"]
    return ["/account", "/classes"] + sorted({path.format(room=room, **ids) for room in rooms for path in reads})


def _crawl_pages(server, person, classroom, start):
    """Every page that links lead to but those of other classes, and what it says."""
    def is_of_another(link):
        return link.startswith("/classes/") and link.split("/")[2][0].isdigit() and \
            not (link + "/").startswith(classroom.path + "/") and \
            not link.startswith(classroom.path + "?")

    visitor = Visitor(server)
    visitor.log_in(person)
    seen, waiting = {}, list(start)
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        answer = visitor.open(path)
        seen[path] = answer
        if answer.status == 200 and answer.headers.get("Content-Type", "").startswith("text/html"):
            from support.page import Page
            links = Page(visitor, path, answer).links
            waiting += [link for link in links if not is_of_another(link)]
        assert len(seen) < 300, "an endless site"
    return seen


def _ids_of_people(value, of_person=False):
    """Every id in a JSON value that stands for a person."""
    if isinstance(value, dict):
        if of_person and isinstance(value.get("id"), int):
            yield value["id"]
        for key, inner in value.items():
            people = key in ("user", "author", "instructor", "instructors", "students", "members",
                "member", "people", "from")
            yield from _ids_of_people(inner, people)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids_of_people(inner, of_person)


def test_no_json_tells_a_student_who_studies_with_them(server, ada, ben, crowd, algebra):
    for path in _fill_and_read(algebra, ben):
        answer = ben.get(path)
        for fellow in crowd:
            assert fellow.name not in answer.text and fellow.email not in answer.text, path
        if answer.status == 200 and not path.endswith(".csv"):
            assert not set(_ids_of_people(answer.json)) & {fellow.id for fellow in crowd}, path


def test_no_page_tells_a_student_who_studies_with_them(server, ada, ben, crowd, algebra):
    seen = _crawl_pages(server, ben, algebra, ["/"] + _fill_and_read(algebra, ben))
    assert algebra.path + "/people" in seen and seen[algebra.path + "/people"].status == 200
    for path, answer in seen.items():
        for fellow in crowd:
            assert fellow.name not in answer.text and fellow.email not in answer.text, path
            assert f"/people/{fellow.id}/" not in answer.text, path
        assert algebra.code not in answer.text, path


def test_no_answer_to_a_students_write_tells_it_either(server, ben, crowd, algebra):
    fellow = crowd[0]
    ids, _ = _fill(algebra, fellow)
    for route in CLASS_ROUTES:
        if route.method == "GET" or route.name == "class_leave":
            continue
        answer = ben.post(route.path.format(**ids), {"role": "instructor", "body": "x", "name": "x",
            "student": fellow.id})
        assert answer.status == (204 if route.name == "discussions_read" else 403), route
        assert fellow.name not in answer.text and fellow.email not in answer.text


def test_the_teacher_is_shown_without_an_address(server, ada, ben, algebra):
    for path in _fill_and_read(algebra, ben):
        assert ada.email not in ben.get(path).text, path
    for path, answer in _crawl_pages(server, ben, algebra,
            [algebra.path, algebra.path + "/people"]).items():
        assert ada.email not in answer.text, path


def test_a_student_who_posted_as_an_instructor_is_still_named_at_that_post_only(server, ada, ben, cleo, algebra):
    ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"})
    ben.post(algebra.path + "/posts", {"body": "as a helper"})
    ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "student"})
    assert ben.name not in cleo.get(algebra.path + "/people").text


# Passwords and tokens.

HASH = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43,}")


def _hash_of(cluster, person_id):
    with cluster.query() as cursor:
        cursor.execute("SELECT password_hash FROM mc.credential WHERE account_id = %s", (person_id,))
        [(text,)] = cursor.fetchall()
    found = HASH.fullmatch(text)
    assert found, "a PHC string of Argon2id"
    return found


def test_a_password_is_argon2id_in_the_database_and_nothing_else(server, cluster):
    person = sign_up(server)
    found = _hash_of(cluster, person.id)
    memory, passes, lanes = map(int, found.groups())
    assert memory >= 19456 and passes >= 2 and lanes >= 1
    assert person.password not in cluster.dump()


def test_two_equal_passwords_have_different_hashes(server, cluster):
    password = new_password()
    twins = [Client(server).post("/signup", {"name": "Twin", "email": new_email(), "password": password})
        for _ in range(2)]
    assert len({_hash_of(cluster, twin["user"]["id"])[0] for twin in twins}) == 2


def test_a_hash_is_upgraded_at_log_in_when_the_cost_is_raised(server, start_server, cluster):
    person = sign_up(server)
    before = _hash_of(cluster, person.id)
    dearer = start_server(password_memory=24576, password_passes=3)
    log_in(dearer, person)
    after = _hash_of(cluster, person.id)
    assert (int(after[1]), int(after[2])) == (24576, 3)
    assert after[0] != before[0]
    log_in(server, person)
    assert _hash_of(cluster, person.id)[0] == after[0], "a cheaper instance leaves it alone"


def test_a_wrong_password_upgrades_nothing(server, start_server, cluster):
    person = sign_up(server)
    before = _hash_of(cluster, person.id)[0]
    dearer = start_server(password_passes=3)
    Client(dearer).post("/login", {"email": person.email, "password": new_password()})
    assert _hash_of(cluster, person.id)[0] == before


def test_the_database_holds_no_token(server, cluster, ada):
    import base64
    raw = base64.urlsafe_b64decode(ada.token + "=")
    dump = cluster.dump()
    assert ada.token not in dump
    assert raw.hex() not in dump
    assert base64.b64encode(raw).decode() not in dump


def test_the_servers_role_cannot_change_the_schema_or_delete_history(server, cluster, algebra):
    import psycopg2
    algebra.post("history")
    with cluster.query("server") as cursor:
        cursor.execute("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname = 'mc'")
        for table, in cursor.fetchall():
            for statement in (f"DROP TABLE {table}", f"ALTER TABLE {table} ADD x int", f"TRUNCATE {table}"):
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(statement)
        for history in ("account", "classroom", "membership", "post", "post_tag"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"DELETE FROM mc.{history}")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("CREATE TABLE mc.mine (x int)")


def test_a_type_of_the_servers_own_is_not_looked_at_by_what_runs_as_the_owner(cluster, ada, algebra):
    import psycopg2
    room = discuss(algebra)["room"]
    with cluster.query("server") as cursor:
        # Named like types of PostgreSQL: it looks into the temporary schema first, unless told otherwise.
        cursor.execute("CREATE FUNCTION pg_temp.caught() RETURNS bool LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE 'looked at as %', current_user; END $$")
        for name in ("timestamptz", "text", "jsonb", "int8", "int4", "bool"):
            cursor.execute(f"CREATE DOMAIN pg_temp.{name} AS pg_catalog.{name} CHECK (pg_temp.caught())")
        with pytest.raises(psycopg2.errors.RaiseException):
            cursor.execute("SELECT pg_catalog.now()::pg_temp.timestamptz")
        cursor.execute("SELECT status FROM mc.message_append(ARRAY[%s]::pg_catalog.int8[],"
            " ARRAY[%s]::pg_catalog.int8[], ARRAY['c'], ARRAY['body'])", (room, ada.id))
        assert cursor.fetchone() == ("stored",)


def test_what_runs_as_the_owner_searches_the_temporary_schema_last(cluster):
    with cluster.query() as cursor:
        cursor.execute("SELECT p.proname, p.proconfig FROM pg_proc p WHERE p.prosecdef"
            " AND p.pronamespace = 'mc'::regnamespace")
        functions = cursor.fetchall()
    assert len(functions) >= 6
    for name, config in functions:
        assert "search_path=pg_catalog, pg_temp" in (config or []), name


def test_no_answer_holds_a_password(server):
    # Every answer of the whole run is checked as well (support/client.py); here each way a form can fail.
    password = new_password()
    visitor = Visitor(server)
    for path, fields, status in (
            ("/signup", {"name": "", "email": "wrong", "password": password}, 422),
            ("/login", {"email": "", "password": password}, 422),
            ("/login", {"email": new_email(), "password": password}, 401)):
        page = visitor.send(path, fields)
        assert page.status == status
        assert password not in page.text


def test_no_log_line_holds_a_password_or_a_token(start_server, cluster):
    # Server.stop() looks for every secret of the run in the log, which is at its most talkative here.
    server = start_server(log_level="debug")
    person = sign_up(server)
    wrong = new_password()
    Client(server).post("/login", {"email": person.email, "password": wrong})
    Client(server).post_raw("/login", f"email={person.email}&password={wrong}%zz".encode(),
        "application/x-www-form-urlencoded")
    Client(server).post_raw("/login", json.dumps({"password": wrong}).encode()[:-1], "application/json")
    Client(server).get(f"/login?password={wrong}&next=/x")
    Client(server).get("/account", Cookie=f"mc_session={person.token}")
    person.post("/account/password", {"current": wrong, "new": new_password()})
    with server.connect() as wire:
        wire.send_bytes(b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
            + person.token.encode() + b"\r\nBad Header\r\n\r\n")
        wire.reply()
    secrets.add(wrong)
    assert server.logged("request"), "it does log"
    server.stop()


def test_names_do_not_forge_log_lines(start_server, cluster):
    server = start_server(log_level="debug")
    forged = unique("forged")
    Client(server).get(f"/{forged}%0Aevent=login")
    with server.connect() as wire:
        wire.get("/nowhere", f'User-Agent: x" event={forged}')
    assert server.logged("request")
    assert not [line for line in server.log.splitlines() if line.startswith(forged)
        or line.startswith("event=")]
