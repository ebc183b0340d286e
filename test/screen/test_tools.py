"""The tools at a terminal: prompts, tables, editor, pager; and the terminal afterwards."""

import os
import signal
import stat

import pytest

from support.process import program, secrets
from support.attendance import Lesson
from support.chat import start_live
from support.school import create_class, sign_up
from support.screen import Terminal


def at(server, name, *words, person=None, **options):
    if person is not None:
        options["MC_TOKEN"] = person.token
    return Terminal(program(name), *words, MC_SERVER=f"http://{server.address}", **options)


def script(folder, name, text):
    path = folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


PASSWORD = "correct horse"
secrets.add(PASSWORD)


def prompt(server, tmp_path, email, **options):
    return at(server, "mc-login", email, XDG_CONFIG_HOME=str(tmp_path), **options)


def test_a_password_shows_as_stars_and_can_be_edited(server, tmp_path):
    person = sign_up(server, "Ada")
    first, rest = person.password[:3], person.password[3:]
    with prompt(server, tmp_path, person.email, columns=100) as terminal:
        terminal.until("Password:").type("wrong")
        terminal.until(lambda: terminal.rows[0] == "Password: *****").type("\177")
        terminal.until(lambda: terminal.rows[0] == "Password: ****").type("\025")
        terminal.until(lambda: terminal.rows[0] == "Password:")
        # Cursor keys and the middle of the line work as in any line.
        terminal.type(rest + "\001" + first)
        terminal.until(lambda: terminal.rows[0] == "Password: " + "*" * len(person.password))
        terminal.until(lambda: terminal.cursor == (0, len("Password: ") + 3))
        terminal.type("\r").until("Logged in to").until(f"as {person.name}")
        assert terminal.end() == 0
        assert rest.encode() not in terminal.raw


def test_a_star_stands_for_a_character_not_for_a_byte(server, tmp_path):
    with prompt(server, tmp_path, "ada@example.org") as terminal:
        terminal.until("Password:").type("gr\u00fc\u00df\u4f60")
        terminal.until(lambda: terminal.rows[0] == "Password: *****")


def test_what_is_asked_for_when_it_is_missing(server, tmp_path):
    with at(server, "mc-login", "--signup", XDG_CONFIG_HOME=str(tmp_path)) as terminal:
        terminal.until("Name:").type("Ada Lovelace\r")
        terminal.until("E-mail:").type("ada.asked@example.org\r")
        terminal.until("Password:").type(PASSWORD + "\r")
        terminal.until("The same again:").type(PASSWORD + "\r")
        terminal.until("as Ada Lovelace")
        assert terminal.end() == 0
    with at(server, "mc-login", XDG_CONFIG_HOME=str(tmp_path)) as terminal:
        terminal.until("E-mail [ada.asked@example.org]:").type("\r")
        terminal.until("Password:").type(PASSWORD + "\r")
        terminal.until("as Ada Lovelace")


def test_who_does_not_answer_is_told_what_was_asked_for(server, tmp_path):
    with prompt(server, tmp_path, "ada@example.org") as terminal:
        terminal.until("Password:").type("\004").until("mc-login: password: was not given")
        assert terminal.end() == 2
    with at(server, "mc-login", XDG_CONFIG_HOME=str(tmp_path)) as terminal:
        terminal.until("E-mail:").type("\004").until("mc-login: E-mail: was not given")
        assert terminal.end() == 2


def test_two_passwords_that_differ_make_no_account(server, tmp_path):
    with at(server, "mc-login", "--signup", "--name", "Eve", "eve@example.org", XDG_CONFIG_HOME=str(tmp_path)) as terminal:
        terminal.until("Password:").type("long enough\r")
        terminal.until("again:").type("other enough\r")
        terminal.until("not the same")
        assert terminal.end() == 2


@pytest.mark.parametrize("end", ["\003", signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_the_terminal_is_as_it_was_however_a_prompt_ends(server, tmp_path, end):
    with prompt(server, tmp_path, "ada@example.org") as terminal:
        terminal.until("Password:").until(lambda: not terminal.is_cooked)
        if isinstance(end, str):
            terminal.type("half" + end)
        else:
            terminal.process.kill(end)
        status = terminal.end()
        assert status == (130 if end in ("\003", signal.SIGINT) else -end)
        assert terminal.is_cooked


def test_tables_have_heads_and_columns_and_are_cut_to_the_width(server, ada):
    ada.post("/classes", {"name": "Wide \u4f60\u597d name " + "x" * 80})
    ada.post("/classes", {"name": "Short"})
    with at(server, "mc-class", person=ada, columns=60) as terminal:
        assert terminal.end() == 0
        head, *rows = [row for row in terminal.rows if row]
        assert head.startswith("ID") and "NAME" in head
        column = head.index("NAME")
        assert {row[column:column + 5] for row in rows} >= {"Short"}
        assert any(row.endswith("\u2026") for row in rows) and all(len(row) <= 60 for row in rows)
        assert b"\033[1m" in terminal.raw


@pytest.fixture
def long_names(server):
    """Somebody with a long name, who teaches a class that is live and has a long name, too."""
    person = sign_up(server, "Maximiliane " + "von und zu Hohenstein " * 3)
    klass = create_class(person, "Introduction to " + "everything " * 5)
    start_live(klass, "Chapter 1, " + "with all its exercises, " * 3)
    return person, klass


@pytest.mark.parametrize("columns", [80, 60])
@pytest.mark.parametrize("verb", ["sessions", "live show"])
def test_long_names_are_shortened_in_each_column(server, long_names, verb, columns):
    person, klass = long_names
    with at(server, "mc-class", *verb.split(), str(klass.id), person=person, columns=columns) as terminal:
        assert terminal.end() == 0
        head, *rows = [row for row in terminal.rows if row]
        assert len(rows) == 1, "a row is a line"
        for column, text in ("BY", "Maximilian"), ("TITLE", "Chapter 1"):
            assert rows[0][head.index(column):].startswith(text[:9])
        # Half a time says little: it is cut only where there is no other room.
        assert rows[0].count("\u2026") == (2 if columns == 80 else 3)


def test_long_names_are_shortened_in_the_operators_tables(cluster, long_names):
    person, klass = long_names
    for words in ("classes", klass.name), ("users", person.name):
        with Terminal(program("mc-admin"), *words, MC_DB=cluster.url("admin"), columns=80) as terminal:
            assert terminal.end() == 0
            head, *rows = [row for row in terminal.rows if row]
            assert head.startswith("ID") and len(rows) == 1, "a row is a line"
            assert "Maximilian" in rows[0] and "\u2026" in rows[0]


def test_how_long_somebody_was_there_is_said_as_on_the_pages(server, cluster, algebra, ada, ben, cleo):
    dora = sign_up(server, "Dora")
    algebra.join(dora)
    lesson = Lesson(cluster, algebra).stay(ben, 0, 3600).stay(cleo, 0, 20)

    def times(*words):
        with at(server, "mc-class", *words, person=ada, columns=120) as terminal:
            assert terminal.end() == 0
            head, *rows = [row for row in terminal.rows if row]
            end = "CORRECTED" if "CORRECTED" in head else "NAME"
            return [row[head.index("TIME"):head.index(end)].strip() for row in rows]

    session = "--session", str(lesson.session["id"])
    for words in (), session:
        assert times("attendance", str(algebra.id), *words) == ["1 h 00 min", "under a minute", "0 min"]
    Lesson(cluster, algebra).stay(ben, 0, 89).stay(cleo, 0, 89)
    Lesson(cluster, algebra).stay(ben, 0, 181)
    assert times("attendance", str(algebra.id)) == ["1 h 04 min", "1 min", "0 min"]
    corrected = times("correct", str(algebra.id), ben.name, "999", "a long day", *session)
    assert corrected == ["16 h 39 min"]


def test_what_is_no_e_mail_address_is_named(cluster):
    with Terminal(program("mc-admin"), "users", "create", "bad", "Ben", MC_DB=cluster.url("admin"), columns=80) as terminal:
        terminal.until("mc-admin: bad: is not an e-mail address, like name@example.org")
        assert terminal.end() == 2


@pytest.mark.parametrize("quiet", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_no_escape_sequences_where_none_are_wanted(server, ada, quiet):
    with at(server, "mc-class", person=ada, **quiet) as terminal:
        terminal.end()
        assert b"\033" not in terminal.raw


def test_what_others_wrote_cannot_move_the_cursor(server, algebra, ada):
    """Names and texts with control characters are refused by the server; C1 ones too, and turned text is harmless."""
    answer = ada.post(algebra.path + "/posts", {"body": "turned \u202egnihton\u202c here"})
    assert answer.status == 201
    with at(server, "mc-post", "--list", str(algebra.id), person=ada) as terminal:
        terminal.until("turned gnihton here")
        assert "\u202e".encode() not in terminal.raw
    with at(server, "mc-post", "--list", str(algebra.id), "--json", person=ada) as terminal:
        terminal.end()
        assert "\u202e".encode() not in terminal.raw


def test_a_post_is_written_in_the_editor(server, algebra, ada, tmp_path):
    editor = script(tmp_path, "editor", 'printf "From the *editor*\\n" | cat - "$2" >"$2.new" && mv "$2.new" "$2" && test "$1" = --wait')
    with at(server, "mc-post", str(algebra.id), "-t", "notes", person=ada, VISUAL=f"{editor} --wait", EDITOR="false",
            TMPDIR=str(tmp_path)) as terminal:
        terminal.until("Post ")
        assert terminal.end() == 0
    post = ada.get(algebra.path + "/posts")["posts"][0]
    assert (post["body"], post["tags"]) == ("From the *editor*", ["notes"])
    assert sorted(os.listdir(tmp_path)) == ["editor"]


def test_a_text_that_is_typed_ends_with_one_ctrl_d(server, algebra, ada):
    with at(server, "mc-post", str(algebra.id), "-", person=ada) as terminal:
        terminal.type("Typed.\r").until("Typed.").type("\004").until("Post ")
        assert terminal.end() == 0
    assert ada.get(algebra.path + "/posts")["posts"][0]["body"] == "Typed."


def test_an_editor_that_writes_nothing_posts_nothing(server, algebra, ada, tmp_path):
    with at(server, "mc-post", str(algebra.id), person=ada, EDITOR="true", TMPDIR=str(tmp_path)) as terminal:
        terminal.until("nothing is posted")
        assert terminal.end() == 2
    assert ada.get(algebra.path + "/posts")["posts"] == []
    assert os.listdir(tmp_path) == []


def test_a_text_that_the_server_refuses_is_kept(server, algebra, ada, tmp_path):
    editor = script(tmp_path, "editor", 'printf "precious \\007\\n" >"$1"')
    with at(server, "mc-post", str(algebra.id), person=ada, EDITOR=editor, TMPDIR=str(tmp_path), columns=150) as terminal:
        terminal.until("has your text")
        assert terminal.end() == 5
    [kept] = [name for name in os.listdir(tmp_path) if name.startswith("mc-post-")]
    assert kept in terminal.text
    assert (tmp_path / kept).read_text() == "precious \007\n"
    assert stat.S_IMODE((tmp_path / kept).stat().st_mode) == 0o600


@pytest.mark.parametrize("body, kept", [('printf "precious\\n" >"$1"; kill -9 $$', True), ("exit 3", False)])
def test_an_editor_that_fails_posts_nothing_and_loses_nothing(server, algebra, ada, tmp_path, body, kept):
    editor = script(tmp_path, "editor", body)
    with at(server, "mc-post", str(algebra.id), person=ada, EDITOR=editor, TMPDIR=str(tmp_path), columns=150) as terminal:
        terminal.until("nothing is sent")
        assert terminal.end() == 1
        assert ("has your text" in terminal.text) == kept
    assert ada.get(algebra.path + "/posts")["posts"] == []
    files = list(tmp_path.glob("mc-post-*"))
    assert [file.read_text() for file in files] == ["precious\n"] * kept


def test_who_may_not_post_is_told_before_the_editor_opens(server, algebra, ben, tmp_path):
    editor = script(tmp_path, "editor", f'touch "{tmp_path}/opened"')
    with at(server, "mc-post", str(algebra.id), person=ben, EDITOR=editor, TMPDIR=str(tmp_path)) as terminal:
        assert terminal.end() == 5
    assert not (tmp_path / "opened").exists()


@pytest.fixture
def long_list(algebra, ada):
    for n in range(12):
        assert ada.post(algebra.path + "/posts", {"body": f"number {n}"}).status == 201
    return algebra


def test_a_list_that_is_longer_than_the_screen_goes_through_the_pager(server, long_list, ada, tmp_path):
    pager = script(tmp_path, "pager", 'sed "s/^/paged: /" | tail -n 3')
    with at(server, "mc-post", "--list", str(long_list.id), person=ada, MC_PAGER=pager, PAGER="false") as terminal:
        terminal.until("paged: number 0")
        assert terminal.end() == 0


def test_a_list_that_fits_does_not(server, long_list, ada):
    with at(server, "mc-post", "--list", str(long_list.id), "-n", "2", person=ada, PAGER="sed s/^/paged/") as terminal:
        terminal.until("number 10")
        assert terminal.end() == 0
        assert "paged" not in terminal.text


def test_less_is_the_pager_and_is_left_with_q(server, long_list, ada):
    with at(server, "mc-post", "--list", str(long_list.id), person=ada, rows=15) as terminal:
        # Its prompt stands below a screen that is full.
        terminal.until("number 11").until(lambda: terminal.rows[14] == ":")
        assert terminal.process.isalive() and "number 2" not in terminal.text
        terminal.type("q")
        assert terminal.end() == 0


def test_a_pager_that_cannot_be_started_shows_the_text_all_the_same(server, long_list, ada):
    with at(server, "mc-post", "--list", str(long_list.id), person=ada, PAGER="/nonexistent/pager") as terminal:
        terminal.until("number 0")
        assert terminal.end() == 0


@pytest.mark.parametrize("word, gone", [("y\r", True), ("\r", False), ("n\r", False)])
def test_what_cannot_be_undone_is_asked_about(server, algebra, ada, ben, word, gone):
    with at(server, "mc-class", "remove", str(algebra.id), ben.name, person=ada) as terminal:
        terminal.until("[y/N]").type(word)
        assert terminal.end() == (0 if gone else 1)
    assert (ben.get(algebra.path).status == 404) == gone
