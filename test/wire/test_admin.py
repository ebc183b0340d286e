"""mc-admin: accounts and classes, exit statuses, what it prints."""

import json
import os
import pty
import re
import subprocess
import termios

import pytest

from support.admin import admin, answer, code_for, done, rows
from support.chat import start_live
from support.client import TIME
from support.process import clean_environment, program
from support.school import create_class, new_email, sign_up, unique

CODE = re.compile(r"[2-9A-HJKMNP-TV-Z]{5}(-[2-9A-HJKMNP-TV-Z]{5}){3}")


def _on_a_terminal(cluster, *words):
    """On one that is wide enough for all."""
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, (24, 200))
    process = subprocess.Popen([program("mc-admin"), *words], stdout=child, stderr=child,
        stdin=subprocess.DEVNULL, env=clean_environment(MC_DB=cluster.url("admin"), NO_COLOR="1"))
    os.close(child)
    text = b""
    while True:
        try:
            piece = os.read(parent, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    os.close(parent)
    assert process.wait(60) == 0, text
    return text.decode().replace("\r\n", "\n")


def _columns(head, row):
    """Cells of an aligned row by the column heads above them."""
    starts = [found.start() for found in re.finditer(r"\S+", head)] + [None]
    return [row[start:end].strip() for start, end in zip(starts, starts[1:])]


def test_users_are_found_by_a_part_of_name_or_address_without_case(server, cluster):
    person = sign_up(server, "Grace")
    for part in (person.name.upper(), person.email[3:].upper()):
        [[number, name, email, created, seen, disabled, classes]] = rows(cluster, "users", part)
        assert (int(number), name, email) == (person.id, person.name, person.email)
        assert TIME.fullmatch(created) and TIME.fullmatch(seen)
        assert disabled == "-" and classes == "0"
    assert rows(cluster, "users", unique("nobody")) == []


def test_a_text_of_several_words_is_one_text(server, cluster):
    email = new_email()
    done(cluster, "users", "create", email, unique("Ada"), "King", "Lovelace")
    assert email in [row[2] for row in rows(cluster, "users", "king", "lovelace")]


def test_all_users_are_listed_oldest_first(server, cluster):
    people = [sign_up(server).id for _ in range(3)]
    listed = [int(row[0]) for row in rows(cluster, "users")]
    assert listed == sorted(listed) and set(people) <= set(listed)


def test_a_list_is_longer_than_a_page(cluster):
    word = unique("Many")
    with cluster.query() as cursor:
        cursor.execute("INSERT INTO mc.account (name, email) SELECT %s || n, %s || n || '@x.example'"
            " FROM generate_series(1, 2500) n", (word, word))
    assert len(rows(cluster, "users", word)) == 2500
    assert len(answer(cluster, "users", word)["users"]) == 2500
    assert len(_on_a_terminal(cluster, "users", word).splitlines()) == 2501


def test_who_logged_out_was_seen_all_the_same(server, cluster):
    person = sign_up(server)
    [before] = answer(cluster, "users", person.email)["users"]
    assert person.post("/logout").status == 204
    assert answer(cluster, "users", person.email)["users"] == [before]


def test_users_in_json_are_one_object(server, cluster):
    person = sign_up(server)
    create_class(person)
    done(cluster, "users", "disable", person.email)
    [user] = answer(cluster, "users", person.email)["users"]
    assert all(TIME.fullmatch(user.pop(key)) for key in ("created_at", "seen_at", "disabled_at"))
    assert user == {"id": person.id, "name": person.name, "email": person.email, "classes": 1}
    email = new_email()
    done(cluster, "users", "create", email, "Ben")
    [user] = answer(cluster, "users", email)["users"]
    assert user["seen_at"] is None and user["disabled_at"] is None
    assert answer(cluster, "users", unique("nobody")) == {"users": []}


def test_classes_have_teachers_members_and_posts(server, cluster):
    teacher, student = sign_up(server, "Teacher"), sign_up(server)
    classroom = create_class(teacher, "Biology").join(student)
    classroom.post("Hello")
    for part in (classroom.name, teacher.name.upper()):
        [[number, name, teachers, members, posts, created]] = rows(cluster, "classes", part)
        assert (int(number), name, teachers) == (classroom.id, classroom.name, teacher.name)
        assert (members, posts) == ("2", "1") and TIME.fullmatch(created)
    [each] = answer(cluster, "classes", classroom.name)["classes"]
    assert each.pop("created_at")
    assert each == {"id": classroom.id, "name": classroom.name, "instructors": teacher.name,
        "members": 2, "posts": 1}


def test_a_removed_post_is_not_counted(server, cluster, ada):
    classroom = create_class(ada)
    post = classroom.post("Gone soon")
    assert ada.post(f"{classroom.path}/posts/{post['id']}/remove").status == 204
    assert answer(cluster, "classes", classroom.name)["classes"][0]["posts"] == 0


def test_on_a_terminal_columns_stand_below_their_heads(server, cluster):
    word = unique("Zoë")
    for name in (f"{word} A", f"{word} Müller-Łukasiewicz"):
        done(cluster, "users", "create", new_email(), name)
    head, *lines = _on_a_terminal(cluster, "users", word).splitlines()
    assert head.split()[:2] == ["ID", "NAME"] and len(lines) == 2
    for line, name in zip(lines, (f"{word} A", f"{word} Müller-Łukasiewicz")):
        cells = _columns(head, line)
        assert cells[1] == name
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", cells[3]) and cells[4:] == ["-", "-", "0"]


def test_what_could_steer_a_terminal_is_not_printed(cluster):
    word = unique("Mallory")
    # The server refuses such names; the database takes them.
    with cluster.query() as cursor:
        cursor.execute("INSERT INTO mc.account (name, email) VALUES (%s, %s)",
            (f"{word}\x1b]0;owned\x07\x7f\u009b31m\u202eevil\tx\ny", new_email()))
    expected = f"{word}\ufffd]0;owned\ufffd\ufffd\ufffd31mevil x y"
    [row] = rows(cluster, "users", word)
    assert row[1] == expected
    shown = _on_a_terminal(cluster, "users", word)
    assert expected in shown and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)


def test_creating_prints_a_code_and_nothing_else(cluster):
    email, name = new_email(), unique("Ben")
    assert CODE.fullmatch(done(cluster, "users", "create", email, name).rstrip("\n"))
    [row] = rows(cluster, "users", email)
    assert row[1] == name
    made = answer(cluster, "users", "create", new_email(), name)
    assert CODE.fullmatch(made["code"]) and TIME.fullmatch(made["expires_at"]) and made["email"]


def test_on_a_terminal_one_is_told_what_the_code_is_for(cluster):
    email = new_email()
    shown = _on_a_terminal(cluster, "users", "create", email, "Ben")
    assert CODE.search(shown) and email in shown and "/reset" in shown and TIME.search(shown)


def test_creating_twice_is_status_7_and_changes_nothing(server, cluster):
    person = sign_up(server)
    ran = admin(cluster, "users", "create", person.email.upper(), "Somebody else")
    assert ran.returncode == 7 and ran.stdout == ""
    assert "users reset" in ran.stderr and len(ran.stderr.splitlines()) == 1
    assert person.get("/account")["user"]["name"] == person.name


@pytest.mark.parametrize("option, seconds", [([], 24 * 3600), (["--valid", "30min"], 1800),
    (["--valid=48h"], 48 * 3600)])
def test_a_code_is_valid_as_long_as_said(server, cluster, option, seconds):
    person = sign_up(server)
    code_for(cluster, person.email, *option)
    with cluster.query() as cursor:
        cursor.execute("SELECT extract(epoch FROM expires_at - created_at)::float FROM mc.reset_code"
            " WHERE account_id = %s", (person.id,))
        assert cursor.fetchone()[0] == seconds


def test_no_code_stands_in_the_database(server, cluster):
    person = sign_up(server)
    code = code_for(cluster, person.email)
    dump = cluster.dump()
    assert code not in dump and code.replace("-", "") not in dump


def test_disabling_and_enabling_twice_is_done(server, cluster):
    person = sign_up(server)
    for verb, disabled in (("disable", True), ("enable", False)):
        first = answer(cluster, "users", verb, person.email.upper())
        assert first["disabled"] is disabled and first["changed"] is True
        again = answer(cluster, "users", verb, person.email)
        assert again == {"email": person.email, "disabled": disabled, "changed": False}
        assert person.email in done(cluster, "users", verb, person.email)


def test_a_disabled_account_gets_no_code(server, cluster):
    person = sign_up(server)
    done(cluster, "users", "disable", person.email)
    ran = admin(cluster, "users", "reset", person.email)
    assert ran.returncode == 7 and "users enable" in ran.stderr and ran.stdout == ""


def test_a_person_gets_another_name_everywhere(server, cluster, ada, ben):
    classroom = create_class(ada).join(ben)
    name = unique("Benjamin \u201cBen\u201d")
    room = start_live(classroom)["room"]
    ben.post(f"/rooms/{room}/messages", {"body": "Good morning"})
    assert name in done(cluster, "users", "rename", ben.email.upper(), *name.split())
    assert ben.get("/account")["user"]["name"] == name
    assert [s["name"] for s in ada.get(classroom.path + "/people")["students"]] == [name]
    assert ada.get(f"/rooms/{room}/messages")["messages"][0]["from"]["name"] == name
    assert answer(cluster, "users", "rename", ben.email, ben.name) == {"email": ben.email, "name": ben.name}
    assert ben.get("/account")["user"]["name"] == ben.name
    for wrong in (" ", "n" * 101, "\u200b", "* Ben", "Ben\a"):
        ran = admin(cluster, "users", "rename", ben.email, wrong)
        assert ran.returncode == 2 and ran.stderr.startswith("mc-admin: NAME: ")
    assert ben.get("/account")["user"]["name"] == ben.name


def test_who_is_forgotten_stays_without_name_and_address(server, cluster, ada):
    gone = sign_up(server)
    classroom = create_class(ada).join(gone)
    room = start_live(classroom)["room"]
    gone.post(f"/rooms/{room}/messages", {"body": "Good morning"})
    done(cluster, "users", "disable", gone.email)
    done(cluster, "users", "rename", gone.email, "Former pupil")
    # As docs/OPERATING.md says.
    address = f"former-{gone.id}@school.invalid"
    with cluster.query() as cursor:
        cursor.execute("UPDATE mc.account SET email = %s WHERE email_key = %s", (address, gone.email.lower()))
    [student] = ada.get(classroom.path + "/people")["students"]
    assert (student["name"], student["email"]) == ("Former pupil", address)
    [message] = ada.get(f"/rooms/{room}/messages")["messages"]
    assert (message["from"]["name"], message["body"]) == ("Former pupil", "Good morning")
    assert rows(cluster, "users", gone.email) == []


@pytest.mark.parametrize("verb, more", [("reset", []), ("disable", []), ("enable", []), ("rename", ["Ben"])])
def test_who_has_no_account_is_status_3(cluster, verb, more):
    ran = admin(cluster, "users", verb, new_email(), *more)
    assert ran.returncode == 3 and ran.stdout == ""
    assert re.fullmatch(r"mc-admin: \S+: has no account\n", ran.stderr)


@pytest.mark.parametrize("words", [[], ["frobnicate"], ["users", "create"], ["users", "reset"],
    ["users", "create", "ben@example.org"], ["users", "create", "no address", "Ben"],
    ["users", "create", "ben@example.org", " "], ["users", "create", "ben@example.org", "n" * 101],
    ["users", "create", "ben@example.org", "a\x1b[31m"], ["users", "reset", "x"],
    ["users", "reset", "ben@example.org", "more"], ["users", "\udcff"], ["health", "x"],
    ["users", "--valid", "0s"], ["users", "--valid", "1000h"], ["users", "--passwort", "x"]])
def test_wrong_usage_is_status_2_and_one_line(cluster, words):
    ran = admin(cluster, *words)
    assert ran.returncode == 2 and ran.stdout == "", ran
    assert ran.stderr.startswith("mc-admin: ") and len(ran.stderr.splitlines()) == 1
    assert "\x1b" not in ran.stderr


@pytest.mark.parametrize("words, meant", [(["usres"], "users?"), (["clases"], "classes?"),
    (["helth"], "health?"), (["migrat"], "migrate?"), (["usres", "reset", "a@b.example"], "users reset?"),
    (["users", "disble", "a@b.example"], "users disable?"),
    (["users", "craete", "a@b.example", "Ben"], "users create?")])
def test_a_mistyped_verb_is_answered_with_the_likely_one(cluster, words, meant):
    ran = admin(cluster, *words)
    assert ran.returncode == 2
    assert ran.stderr.endswith(f"did you mean {meant}\n"), ran.stderr


def test_a_verb_that_is_none_is_no_text_when_an_address_follows(server, cluster):
    ran = admin(cluster, "users", "delete", sign_up(server).email)
    assert ran.returncode == 2 and ran.stdout == ""
    assert ran.stderr.startswith("mc-admin: users delete: there is no such verb")


def test_health_and_migrate_in_json_are_one_object(cluster):
    health = json.loads(done(cluster, "health", "--json"))
    steps = health["steps"]
    assert health == {"database": "reachable", "schema": "current", "steps": steps} and steps > 0
    assert json.loads(done(cluster, "migrate", "--json")) == {"schema": "current", "steps": steps,
        "new": 0}


def test_wrong_usage_is_told_in_json_when_that_is_asked_for(cluster):
    for words in (["--nope", "--json"], ["--json", "users", "--nope"], ["health", "--json", "--timeout", "soon"]):
        ran = admin(cluster, *words)
        assert ran.returncode == 2 and ran.stdout == "", words
        error = json.loads(ran.stderr)["error"]
        assert (error["program"], error["status"]) == ("mc-admin", "usage")


def test_the_servers_role_may_not_do_the_operators_work(server, cluster):
    person = sign_up(server)
    for words in ([], ["create", new_email(), "Ben"], ["reset", person.email],
            ["disable", person.email], ["enable", person.email]):
        ran = admin(cluster, "users", *words, role="server")
        assert ran.returncode == 5 and ran.stdout == "", words
    assert person.get("/account").status == 200


def test_without_a_database_every_verb_is_status_6(tmp_path):
    for words in (["users"], ["classes"], ["users", "reset", "a@b.example"]):
        ran = subprocess.run([program("mc-admin"), *words], capture_output=True, text=True, timeout=60,
            env=clean_environment(MC_DB=f"host={tmp_path} dbname=none"))
        assert ran.returncode == 6 and ran.stdout == ""
        assert ran.stderr.startswith("mc-admin: ")


def test_output_that_cannot_be_written_is_status_1(cluster):
    for words in (["users", "--json"], ["--help"], ["--version"]):
        with open("/dev/full", "w") as full:
            ran = subprocess.run([program("mc-admin"), *words], stdout=full,
                stderr=subprocess.PIPE, timeout=60, env=clean_environment(MC_DB=cluster.url("admin")))
        assert ran.returncode == 1, words


def test_help_names_every_verb(cluster):
    text = done(cluster, "--help")
    for verb in ("migrate", "health", "users [TEXT]", "users create EMAIL NAME", "users reset EMAIL",
            "users disable EMAIL", "users enable EMAIL", "classes [TEXT]"):
        assert verb in text


def test_the_file_of_the_servers_may_have_the_settings_of_mc_admin(server, cluster, tmp_path,
        start_server, start_chatd):
    conf = tmp_path / "miniclass.conf"
    conf.write_text("timeout = 30s\nvalid = 2h\n")
    start_server(config=str(conf))
    start_chatd(config=str(conf))
    person = sign_up(server)
    code_for(cluster, person.email, "--config", str(conf))
    with cluster.query() as cursor:
        cursor.execute("SELECT expires_at - created_at = interval '2 hours' FROM mc.reset_code"
            " WHERE account_id = %s", (person.id,))
        assert cursor.fetchone()[0]
