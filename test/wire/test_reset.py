"""Setting a password with a one-time code."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from support.admin import code_for, done
from support.client import Client
from support.page import Visitor
from support.process import SANITIZED, secrets
from support.school import log_in, new_email, new_password, sign_up
from support.wait import wait_until
from support.wire import form


def _reset(server, email, code, new=None, source=None):
    return Client(server, source=source).post("/reset",
        {"email": email, "code": code, "new": new or new_password()})


def _log_in(server, email, password):
    return Client(server).post("/login", {"email": email, "password": password})


def test_a_code_sets_a_new_password_and_logs_in(server, cluster):
    person, new = sign_up(server), new_password()
    answer = _reset(server, person.email, code_for(cluster, person.email), new)
    assert answer.status == 200
    secrets.add(answer["token"])
    assert answer["user"] == {"id": person.id, "name": person.name, "email": person.email}
    assert answer["expires_at"]
    assert answer.headers["Set-Cookie"].startswith(f"mc_session={answer['token']};")
    assert Client(server, answer["token"]).get("/classes").status == 200
    assert _log_in(server, person.email, new).status == 200
    assert _log_in(server, person.email, person.password).status == 401


def test_the_answer_has_the_same_fields_as_a_log_in(server, cluster):
    person = sign_up(server)
    logged_in = _log_in(server, person.email, person.password)
    answer = _reset(server, person.email, code_for(cluster, person.email))
    assert answer.json.keys() == logged_in.json.keys()


def test_until_the_code_is_used_everything_is_as_before(server, cluster):
    person = sign_up(server)
    code_for(cluster, person.email)
    assert person.get("/account").status == 200
    assert _log_in(server, person.email, person.password).status == 200


def test_using_the_code_ends_all_sessions_on_every_instance(server, second_server, cluster):
    person = sign_up(server)
    other = log_in(server, person)
    assert _reset(second_server, person.email, code_for(cluster, person.email)).status == 200
    assert person.get("/account").status == 401
    assert other.client.at(second_server).get("/account").status == 401


def test_a_code_can_be_used_once(server, cluster):
    person, new = sign_up(server), new_password()
    code = code_for(cluster, person.email)
    assert _reset(server, person.email, code, new).status == 200
    assert _reset(server, person.email, code).status == 401
    assert _log_in(server, person.email, new).status == 200


def test_a_code_is_read_however_it_was_typed(server, cluster):
    person = sign_up(server)
    code = code_for(cluster, person.email)
    typed = " " + code.replace("-", " ").lower() + " "
    assert _reset(server, person.email.upper(), typed).status == 200


def test_an_account_without_a_password_gets_its_first_one(server, cluster):
    email, new = new_email(), new_password()
    code = done(cluster, "users", "create", email, "Zoë Müller").strip()
    assert _log_in(server, email, new).status == 401
    answer = _reset(server, email, code, new)
    assert answer.status == 200 and answer["user"]["name"] == "Zoë Müller"
    assert _log_in(server, email, new).status == 200


def test_whatever_is_wrong_it_is_the_same_answer(server, cluster):
    person, other, late = sign_up(server), sign_up(server), sign_up(server)
    used = code_for(cluster, other.email)
    assert _reset(server, other.email, used).status == 200
    expired = code_for(cluster, late.email)
    with cluster.query() as cursor:
        cursor.execute("UPDATE mc.reset_code SET created_at = now() - interval '2 days',"
            " expires_at = now() - interval '1 second' WHERE account_id = %s", (late.id,))
        assert cursor.rowcount == 1
    replaced = code_for(cluster, person.email)
    good = code_for(cluster, person.email)
    answers = [_reset(server, email, code) for email, code in (
        (person.email, "ABCDE-FGHJK-MNPQR-STVWX"), (person.email, "x"), (person.email, replaced),
        (other.email, used), (other.email, good), (late.email, expired), (new_email(), good))]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.body for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.keys())) for answer in answers}) == 1
    assert not any("Set-Cookie" in answer.headers for answer in answers)
    assert _reset(server, person.email, good).status == 200, "it was not used up"


@pytest.mark.skipif(SANITIZED != "", reason="a sanitizer's times say nothing")
def test_a_wrong_code_and_an_unknown_address_take_the_same_time(start_server):
    server = start_server(hashers=1)

    def seconds(email):
        start = time.perf_counter()
        _reset(server, email, "ABCDE-FGHJK-MNPQR-STVWX")
        return time.perf_counter() - start

    known, unknown = [], []
    people = [sign_up(server) for _ in range(3)]
    for n in range(24):
        known.append(seconds(people[n % 3].email))
        unknown.append(seconds(new_email()))
    ratio = statistics.median(known) / statistics.median(unknown)
    assert 0.67 < ratio < 1.5, ratio


def test_a_password_that_is_too_short_is_422_and_the_code_stays(server, cluster):
    person = sign_up(server)
    code = code_for(cluster, person.email)
    answer = _reset(server, person.email, code, "short")
    assert answer.status == 422 and set(answer.errors) == {"new"}
    assert _reset(server, person.email, code).status == 200


def test_missing_fields_are_named(server):
    answer = Client(server).post("/reset", {})
    assert answer.status == 422
    assert {"email", "code", "new"} <= set(answer.errors)


def test_guessing_a_code_is_slowed_down_and_keeps_nobody_from_logging_in(server, second_server, cluster):
    person = sign_up(server)
    source = "127.0.7.21"
    for n in range(10):
        at = second_server if n % 2 else server
        assert _reset(at, person.email, f"ABCDE-FGHJK-MNPQR-STVW{2 + n % 7}",
            source=source).status == 401
    code = code_for(cluster, person.email)
    answer = _reset(server, person.email, code, source=source)
    assert answer.status == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 15 * 60
    person.client.source = source
    login = Client(server, source=source).post("/login",
        {"email": person.email, "password": person.password})
    assert login.status == 200, "whoever tries codes from the same school"
    assert Client(server, token=login["token"], source=source).post("/account/password",
        {"current": person.password, "new": "another-one"}).status == 204
    assert _reset(server, person.email, code, source="127.0.7.22").status == 200, \
        "nobody is locked out from elsewhere"


GUESSES = [401] * 10 + [429] * 2


@pytest.mark.parametrize("typed, source, statuses", [("code {}", "127.0.7.24", GUESSES),
    ("{} code", "127.0.7.25", GUESSES), ("{}\ncode", "127.0.7.26", [422] * 12)])
def test_what_is_typed_as_an_address_is_counted_as_no_guess_at_a_code(server, cluster, typed, source, statuses):
    person = sign_up(server)
    assert [Client(server, source=source).post("/login", {"email": typed.format(person.email),
        "password": f"wrong-guess-{n}"}).status for n in range(12)] == statuses
    assert _reset(server, person.email, code_for(cluster, person.email), source=source).status == 200


def test_a_right_code_clears_the_count_of_its_pair(server, cluster):
    person = sign_up(server)
    source = "127.0.7.23"
    for _ in range(2):
        for _ in range(8):
            assert _reset(server, person.email, "x", source=source).status == 401
        code = code_for(cluster, person.email)
        assert _reset(server, person.email, code, source=source).status == 200


def test_a_right_code_lets_in_who_had_guessed_too_often(server, second_server, cluster):
    person, new = sign_up(server), new_password()
    source = "127.0.7.27"

    def log_in_from(address, password):
        return Client(second_server, source=address).post("/login",
            {"email": person.email, "password": password})

    for n in range(10):
        assert log_in_from(source, f"wrong-guess-{n}").status == 401
    assert log_in_from(source, person.password).status == 429
    with cluster.query() as cursor:
        cursor.execute("UPDATE mc.throttle SET failures = 100 WHERE key = sha256(%s)",
            (f"{person.email}\nlog-in".encode(),))
        assert cursor.rowcount == 1
    assert log_in_from("127.0.7.28", person.password).status == 429, "from anywhere"
    code = code_for(cluster, person.email)
    assert _reset(server, person.email, "x", source=source).status == 401
    assert log_in_from(source, person.password).status == 429, "a wrong one lets nobody in"
    answer = _reset(server, person.email.upper(), code, new, source=source)
    assert answer.status == 200
    assert log_in_from(source, new).status == 200
    assert log_in_from("127.0.7.28", new).status == 200


def test_a_right_code_forgets_guesses_at_the_own_password_and_no_others(server, cluster):
    person, other, new = sign_up(server), sign_up(server), new_password()
    source = "127.0.7.29"
    for n in range(10):
        assert Client(server, token=person.client.token, source=source).post("/account/password",
            {"current": f"wrong-guess-{n}", "new": "another-one"}).status == 422
        assert Client(server, source=source).post("/login",
            {"email": other.email, "password": f"wrong-guess-{n}"}).status == 401
    answer = _reset(server, person.email, code_for(cluster, person.email), new, source=source)
    assert Client(server, token=answer["token"], source=source).post("/account/password",
        {"current": new, "new": "another-one"}).status == 204
    assert Client(server, source=source).post("/login",
        {"email": other.email, "password": other.password}).status == 429


def test_another_site_cannot_send_the_form(server, cluster):
    person = sign_up(server)
    code = code_for(cluster, person.email)
    fields = {"email": person.email, "code": code, "new": new_password()}
    assert Client(server).post("/reset", fields, Origin="https://evil.example").status == 403
    assert _reset(server, person.email, code).status == 200


def test_a_form_works_as_well_as_json(server, cluster):
    person = sign_up(server)
    answer = Client(server).post_raw("/reset", form(email=person.email,
        code=code_for(cluster, person.email), new=new_password()), "application/x-www-form-urlencoded")
    assert answer.status == 200 and answer["token"]


def test_in_a_browser_the_log_in_page_leads_to_the_form_and_the_form_to_the_classes(server, cluster):
    person, new = sign_up(server), new_password()
    code = code_for(cluster, person.email)
    visitor = Visitor(server)
    page = visitor.get("/login").follow("I have a code for a new password")
    assert page.path == "/reset"
    page = page.submit("/reset", email=person.email, code="ABCDE-FGHJK-MNPQR-STVWX", new=new)
    assert page.status == 401 and "E-mail or code is wrong" in page.text
    fields = page.form("/reset").fields
    assert fields["email"] == person.email
    assert not fields.get("code") and not fields.get("new"), "secrets are not given back"
    page = page.submit("/reset", email=person.email, code=code, new=new)
    assert page.path == "/classes" and page.status == 200
    assert _log_in(server, person.email, new).status == 200


@pytest.mark.parametrize("asked,led", [("/account", "/account"), ("//evil.example/", "/classes")])
def test_a_code_leads_to_the_page_that_was_asked_for(server, cluster, asked, led):
    person = sign_up(server)
    page = Visitor(server).get(f"/reset?next={quote(asked, safe='')}")
    page = page.submit("/reset", email=person.email, code="x", new=new_password())
    page = page.submit("/reset", email=person.email, code=code_for(cluster, person.email), new=new_password())
    assert page.path == led and page.status == 200


def test_who_is_logged_in_may_use_a_code_too(server, cluster):
    person = sign_up(server)
    visitor = Visitor(server)
    visitor.log_in(person)
    page = visitor.get("/reset").submit("/reset", email=person.email,
        code=code_for(cluster, person.email), new=new_password())
    assert page.path == "/classes" and page.status == 200


# A disabled account.

def test_a_disabled_account_has_no_session_and_gets_none(server, second_server, cluster):
    person = sign_up(server)
    visitor = Visitor(server)
    visitor.log_in(person)
    code = code_for(cluster, person.email)
    assert visitor.open("/classes").status == 200
    done(cluster, "users", "disable", person.email)
    assert person.get("/classes").status == 401, "bearer token"
    assert person.client.at(second_server).get("/account").status == 401, "everywhere"
    assert visitor.open("/classes").status == 303, "cookie"
    assert _log_in(server, person.email, person.password).status == 401
    assert _reset(server, person.email, code).status == 401


def test_a_disabled_account_is_refused_in_the_words_of_a_wrong_password(server, cluster, ada):
    person = sign_up(server)
    done(cluster, "users", "disable", person.email)
    disabled = _log_in(server, person.email, person.password)
    wrong = _log_in(server, ada.email, new_password())
    assert disabled.status == wrong.status == 401
    assert disabled.body == wrong.body
    assert sorted(disabled.headers.keys()) == sorted(wrong.headers.keys())


@pytest.mark.skipif(SANITIZED != "", reason="a sanitizer's times say nothing")
def test_a_disabled_account_is_refused_in_the_time_of_a_wrong_password(start_server, cluster):
    server = start_server(hashers=1)

    def seconds(email):
        start = time.perf_counter()
        _log_in(server, email, "wrong-wrong")
        return time.perf_counter() - start

    people, gone = [[sign_up(server) for _ in range(3)] for _ in range(2)]
    for person in gone:
        done(cluster, "users", "disable", person.email)
    known, disabled = [], []
    for n in range(24):
        known.append(seconds(people[n % 3].email))
        disabled.append(seconds(gone[n % 3].email))
    ratio = statistics.median(disabled) / statistics.median(known)
    assert 0.67 < ratio < 1.5, ratio


def test_enabled_again_one_logs_in_with_the_old_password_and_not_with_the_old_session(server, cluster):
    person = sign_up(server)
    done(cluster, "users", "disable", person.email)
    done(cluster, "users", "enable", person.email)
    assert person.get("/account").status == 401
    assert _log_in(server, person.email, person.password).status == 200


def test_disabling_waits_for_a_code_that_is_being_used(start_server, cluster):
    server = start_server(statement_timeout="60s")
    person = sign_up(server)
    code = code_for(cluster, person.email)
    waiting = cluster.waiting_for_locks()
    with cluster.holding("SELECT FROM mc.credential WHERE account_id = %s FOR UPDATE", person.id) as release, \
            ThreadPoolExecutor() as pool:
        reset = pool.submit(_reset, server, person.email, code)
        wait_until(lambda: cluster.waiting_for_locks() > waiting, what="the code is taken")
        disabled = pool.submit(done, cluster, "users", "disable", person.email)
        wait_until(lambda: cluster.waiting_for_locks() > waiting + 1, what="for its end")
        release()
        # Disabled before its session or after.
        assert reset.result().status in (200, 401)
        assert disabled.result().startswith(person.email)
    assert person.get("/account").status == 401
    if "token" in reset.result().json:
        assert Client(server, reset.result()["token"]).get("/account").status == 401
