"""Signing up, the account page, changing a password, ending sessions."""

import json
import re
import select

import pytest

from support.client import Client
from support.page import Visitor
from support.school import log_in, new_email, new_password, sign_up, unique


def _fields(**changed):
    return {"name": unique("New"), "email": new_email(), "password": new_password(), **changed}


def test_signing_up_gives_a_user_a_token_and_a_cookie(server):
    fields = _fields()
    answer = Client(server).post("/signup", fields)
    assert answer.status == 201
    assert answer["user"]["name"] == fields["name"]
    assert answer["user"]["email"] == fields["email"]
    assert isinstance(answer["user"]["id"], int)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", answer["token"]), "32 bytes in base64url"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", answer["expires_at"])
    assert answer.headers["Location"]


def test_the_cookie_is_for_this_site_and_not_for_scripts(server):
    answer = Client(server).post("/signup", _fields())
    cookie = answer.headers["Set-Cookie"]
    name, value = cookie.split(";")[0].split("=", 1)
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert name == "mc_session" and value == answer["token"]
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert "secure" not in attributes, "in clear the browser would not send it back"
    assert not any(part.startswith("domain") for part in attributes)


def test_the_token_opens_what_is_the_users(server):
    answer = Client(server).post("/signup", _fields())
    assert Client(server, answer["token"]).get("/account")["user"] == answer["user"]


@pytest.mark.parametrize("change", [str.upper, str.title, lambda email: f"  {email} "])
def test_an_address_that_is_taken_is_409_however_it_is_written(server, change):
    fields = _fields()
    assert Client(server).post("/signup", fields).status == 201
    answer = Client(server).post("/signup", _fields(email=change(fields["email"])))
    assert answer.status == 409
    assert "Set-Cookie" not in answer.headers


def test_an_address_that_is_taken_is_refused_before_a_password_is_hashed(start_server):
    server = start_server(hashers=2, password_passes=50)
    person = sign_up(server)
    with server.connect() as wire:
        wire.send("POST /signup HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            "Content-Type: application/json", body=json.dumps(_fields()).encode())
        for _ in range(5):
            assert Client(server).post("/signup", _fields(email=person.email)).status == 409
        assert not select.select([wire.sock], [], [], 0)[0], "all of them before one that is hashed"
        assert wire.reply().status == 201


@pytest.mark.parametrize("field,value", [
    ("name", ""), ("name", "   "), ("name", "n" * 101), ("name", "é" * 101), ("name", None),
    ("email", ""), ("email", "nobody"), ("email", "a@"), ("email", "@b.example"), ("email", "a b@c.example"),
    ("email", "a@b@c.example"), ("email", '"a"@b.example'), ("email", "a..b@c.example"), ("email", ".a@b.example"),
    ("email", "a.@b.example"), ("email", "a@b..example"), ("email", "a@b.example."), ("email", "a@-b.example"),
    ("email", "a@b"), ("email", None),
    ("email", "a@b.example\r\nBcc: c@d.example"),
    ("password", ""), ("password", "1234567"), ("password", "p" * 1025), ("password", None),
    ("name", 5), ("email", ["a@b.example"]), ("password", {"a": 1}), ("name", True),
])
def test_a_field_that_is_wrong_is_named(server, field, value):
    fields = _fields()
    if value is None:
        del fields[field]
    else:
        fields[field] = value
    answer = Client(server).post("/signup", fields)
    assert answer.status == 422, answer
    assert list(answer.errors) == [field]
    assert answer.errors[field]


def test_all_mistakes_are_named_at_once(server):
    answer = Client(server).post("/signup", {"name": "", "email": "x", "password": "short"})
    assert answer.status == 422
    assert set(answer.errors) == {"name", "email", "password"}


@pytest.mark.parametrize("field,value", [
    ("name", "n"), ("name", "n" * 100), ("name", "é" * 100), ("name", "Zoë Ångström-O'Neil 李"),
    ("password", "12345678"), ("password", "p" * 1024), ("password", "  blanks  "), ("password", "пароль-密码"),
])
def test_values_at_the_limit_are_taken(server, field, value):
    fields = _fields(**{field: value})
    answer = Client(server).post("/signup", fields)
    assert answer.status == 201
    answer = Client(server).post("/login",
        {"email": fields["email"], "password": fields["password"]})
    assert answer.status == 200
    if field == "name":
        assert answer["user"]["name"] == value


def _long_email(local=64, label=61):
    """Of 254 bytes, with 64 in front of the @ and two labels of 63; no two alike."""
    return new_email().split("@")[0].ljust(local, "l") + f"@{'a' * 63}.{'b' * label}.{'c' * 63}"


def test_an_address_of_254_bytes_is_taken(server):
    # RFC 5321, 4.5.3.1.3 and 4.5.3.1.1; RFC 1035, 2.3.4
    email = _long_email()
    assert len(email) == 254
    answer = Client(server).post("/signup", _fields(email=email))
    assert answer.status == 201 and answer["user"]["email"] == email


@pytest.mark.parametrize("local, label", [(64, 62), (65, 60), (20, 64)])
def test_one_byte_more_of_an_address_or_of_a_part_of_it_is_422(server, local, label):
    answer = Client(server).post("/signup", _fields(email=_long_email(local, label)))
    assert answer.status == 422 and list(answer.errors) == ["email"]


def test_text_is_trimmed_and_normalised(server):
    # NFC: e with a combining acute is the one letter
    answer = Client(server).post("/signup", _fields(name="  Rene\u0301e  "))
    assert answer["user"]["name"] == "Ren\u00e9e"


@pytest.mark.parametrize("name", ["a\x00b", "a\x1bb", "a\x7fb", "a\nb", "a\u0085b"])
def test_control_characters_in_a_name_are_refused(server, name):
    answer = Client(server).post("/signup", _fields(name=name))
    assert answer.status == 422
    assert "name" in answer.errors


@pytest.mark.parametrize("name", ["\u200b", "\u3164", "Ada\u200b", "\u202eppilF", "* Ada", "\u200d*Ada"])
def test_a_name_that_hides_something_or_has_a_teachers_mark_is_refused(server, name):
    answer = Client(server).post("/signup", _fields(name=name))
    assert answer.status == 422 and set(answer.errors) == {"name"}


@pytest.mark.parametrize("body", [b"name=%ff&email=a%40b.example&password=12345678",
    b"name=A&email=a%40b.example&password=1234567%ff8"])
def test_invalid_utf_8_is_400(server, body):
    answer = Client(server).post_raw("/signup", body, "application/x-www-form-urlencoded")
    assert answer.status == 400


def test_unknown_fields_grant_nothing(server):
    answer = Client(server).post("/signup", {**_fields(), "id": 1, "role": "instructor", "admin": True})
    assert answer.status == 201
    assert answer["user"]["id"] != 1 and set(answer["user"]) == {"id", "name", "email"}


def test_the_account_shows_oneself_and_ones_sessions(server):
    person = sign_up(server)
    other = log_in(server, person)
    account = person.get("/account").json
    assert account["user"] == {"id": person.id, "name": person.name, "email": person.email}
    sessions = account["sessions"]
    assert len(sessions) == 2
    assert [session for session in sessions if session.get("current")], "one's own is marked"
    assert person.token not in str(account) and other.token not in str(account)


def test_a_session_can_be_ended_from_another(server):
    person = sign_up(server)
    other = log_in(server, person)
    sessions = person.get("/account")["sessions"]
    [theirs] = [session["id"] for session in sessions if not session["current"]]
    assert person.post(f"/account/sessions/{theirs}/end").status == 204
    assert other.get("/account").status == 401
    assert person.get("/account").status == 200


def test_anothers_session_cannot_be_ended(server, ada, ben):
    [session] = [each["id"] for each in ben.get("/account")["sessions"]]
    nothing = ada.post("/account/sessions/999999999/end")
    theirs = ada.post(f"/account/sessions/{session}/end")
    assert nothing.status == theirs.status == 404
    assert nothing.body == theirs.body
    assert ben.get("/account").status == 200


def test_a_changed_password_ends_every_other_session_on_every_instance(server, second_server):
    person = sign_up(server)
    other = log_in(server, person)
    fresh = new_password()
    answer = person.post("/account/password", {"current": person.password, "new": fresh})
    assert answer.status == 204
    for instance in (server, second_server):
        assert other.client.at(instance).get("/account").status == 401
        assert person.client.at(instance).get("/account").status == 200, "one's own goes on"
    assert Client(server).post("/login",
        {"email": person.email, "password": person.password}).status == 401
    assert Client(server).post("/login", {"email": person.email, "password": fresh}).status == 200


def test_a_password_is_changed_however_many_sessions_end_with_it(server, cluster):
    person = sign_up(server)
    with cluster.query() as cursor:
        cursor.execute("INSERT INTO mc.session (digest, account_id, expires_at, used_at)"
            " SELECT sha256(convert_to(%s || ' ' || g, 'UTF8')), %s, now() + interval '1 day',"
            " now() - g * interval '1 minute' FROM generate_series(20000, 1, -1) g",
            (person.email, person.id))
    answer = person.post("/account/password",
        {"current": person.password, "new": new_password()})
    assert answer.status == 204, answer
    assert len(person.get("/account")["sessions"]) == 1


def test_a_password_is_changed_only_by_who_knows_it(server):
    person = sign_up(server)
    answer = person.post("/account/password", {"current": new_password(), "new": new_password()})
    assert answer.status == 422 and list(answer.errors) == ["current"]
    assert log_in(server, person).get("/account").status == 200


@pytest.mark.parametrize("new", ["", "1234567", "p" * 1025])
def test_a_new_password_keeps_the_limits(server, ada, new):
    answer = ada.post("/account/password", {"current": ada.password, "new": new})
    assert answer.status == 422 and list(answer.errors) == ["new"]


def test_guessing_the_current_password_is_slowed_down_and_keeps_nobody_from_logging_in(server):
    person, source = sign_up(server), "127.0.7.41"
    person.client.source = source
    statuses = [person.post("/account/password",
        {"current": f"wrong-guess-{n}", "new": "another-one"}).status for n in range(14)]
    assert 429 in statuses
    assert Client(server, source=source).post("/login",
        {"email": person.email, "password": person.password}).status == 200


@pytest.mark.parametrize("agent, device", [
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
        " Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
    ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile"
        " Safari/537.36", "Chrome on Android"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        " Version/18.5 Mobile/15E148 Safari/604.1", "Safari on an iPhone"),
    ("mc-login/1.0", "mc-login/1.0"),
    ("<b>Firefox/1", "<b>Firefox/1"),
    (None, "Unknown device"),
])
def test_the_account_page_names_devices_as_people_do(server, agent, device):
    person = sign_up(server)
    answer = Client(server).request("POST", "/login",
        json.dumps({"email": person.email, "password": person.password}).encode(),
        {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": agent})
    assert answer.status == 200
    visitor = Visitor(server)
    visitor.log_in(person)
    shown = [element for element in visitor.get("/account").dom.all("span") if element["class"] == "agent"]
    assert device in [element.text for element in shown]
    if agent is not None:
        assert agent in [element["title"] for element in shown], "all of it, for who wants to know"


def test_the_account_page_works_without_scripts(server):
    person = sign_up(server)
    visitor = Visitor(server)
    visitor.log_in(person)
    fresh = new_password()
    page = visitor.get("/account")
    assert person.name in page.text and person.email in page.text
    page = page.submit("/account/password", current=person.password, new=fresh)
    assert page.status == 200
    assert Client(server).post("/login", {"email": person.email, "password": fresh}).status == 200
