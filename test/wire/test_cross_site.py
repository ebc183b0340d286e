"""Unsafe requests come from our own pages, or from programs with a bearer token; never from elsewhere."""

import pytest

from support.client import Client
from support.school import create_class
from support.wire import form

URLENCODED = "application/x-www-form-urlencoded"


def test_a_form_posted_from_another_site_logs_nobody_in(server, ada):
    with server.connect() as wire:
        wire.send(
            "POST /login HTTP/1.1",
            f"Host: {server.host}",
            "Origin: https://elsewhere.example",
            "Content-Type: application/x-www-form-urlencoded",
            body=form(email=ada.email, password=ada.password),
        )
        reply = wire.reply()
    assert reply.status == 403
    assert "Set-Cookie" not in reply
    assert server.logged("cross_site_refused")


def _own(server):
    return f"http://{server.host}"


# What the browser says, and whether it may go on with a cookie, and without any.
CASES = [
    ("nothing said", {}, False, True),
    ("same-origin", {"Sec-Fetch-Site": "same-origin"}, True, True),
    ("typed into the address bar", {"Sec-Fetch-Site": "none"}, True, True),
    ("same-site", {"Sec-Fetch-Site": "same-site"}, False, False),
    ("cross-site", {"Sec-Fetch-Site": "cross-site"}, False, False),
    ("unknown word", {"Sec-Fetch-Site": "quantum"}, False, False),
    ("empty word", {"Sec-Fetch-Site": ""}, False, False),
    ("old browser, own origin", {"Origin": "own"}, True, True),
    ("old browser, foreign origin", {"Origin": "https://elsewhere.example"}, False, False),
    ("old browser, null", {"Origin": "null"}, False, False),
    ("own host, other scheme", {"Origin": "own-https"}, False, False),
    ("own host, other port", {"Origin": "http://127.0.0.1:1"}, False, False),
    ("own host as a prefix", {"Origin": "own.elsewhere.example"}, False, False),
    ("own host with a path", {"Origin": "own/path"}, False, False),
    ("same-origin, foreign origin", {"Sec-Fetch-Site": "same-origin",
        "Origin": "https://elsewhere.example"}, False, False),
    ("cross-site, own origin", {"Sec-Fetch-Site": "cross-site", "Origin": "own"}, False, False),
    ("same-origin, own origin", {"Sec-Fetch-Site": "same-origin", "Origin": "own"}, True, True),
]


def _headers(server, said):
    said = dict(said)
    if "Origin" in said:
        said["Origin"] = (said["Origin"].replace("own-https", f"https://{server.host}")
            .replace("own", _own(server)) if said["Origin"].startswith("own") else said["Origin"])
    return said


@pytest.mark.parametrize("said,with_cookie", [(case[1], case[2]) for case in CASES],
    ids=[case[0] for case in CASES])
def test_with_a_cookie_the_browser_must_say_that_it_is_us(server, ada, said, with_cookie):
    before = len(ada.get("/classes")["classes"])
    answer = Client(server).request("POST", "/classes", form(name="From a browser"), {
        "Content-Type": URLENCODED, "Cookie": f"mc_session={ada.token}", **_headers(server, said)})
    assert answer.status == (201 if with_cookie else 403)
    assert len(ada.get("/classes")["classes"]) == before + with_cookie


@pytest.mark.parametrize("said,without", [(case[1], case[3]) for case in CASES],
    ids=[case[0] for case in CASES])
def test_without_a_cookie_it_must_not_say_that_it_is_somebody_else(server, ada, said, without):
    answer = Client(server).request("POST", "/login", form(email=ada.email, password=ada.password),
        {"Content-Type": URLENCODED, **_headers(server, said)})
    assert answer.status == (200 if without else 403)
    assert ("Set-Cookie" in answer.headers) == without


def test_a_bearer_token_needs_neither(server, ada):
    assert ada.post("/classes", {"name": "By a program"}).status == 201


def test_another_site_with_a_bearer_token_is_refused_as_well(server, ada):
    # Its own script would have to know the token; the browser says where it runs.
    answer = ada.post("/classes", {"name": "From elsewhere"}, Origin="https://elsewhere.example")
    assert answer.status == 403


def test_a_cookie_and_no_origin_is_refused_for_every_unsafe_address(server, ada, algebra):
    for path in ("/logout", "/classes", "/classes/join", "/account/password",
            f"{algebra.path}/posts", f"{algebra.path}/code", f"{algebra.path}/leave",
            f"{algebra.path}/people/{ada.id}/role", f"{algebra.path}/people/{ada.id}/remove"):
        answer = Client(server).request("POST", path, b"{}", {
            "Content-Type": "application/json", "Cookie": f"mc_session={ada.token}"})
        assert answer.status == 403, path
    assert ada.get("/account").status == 200


def test_reading_needs_no_origin(server, ada, algebra):
    for said in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        answer = Client(server).request("GET", algebra.path,
            headers={"Cookie": f"mc_session={ada.token}", **said})
        assert answer.status == 200


def test_get_changes_nothing(server, ada, algebra):
    # SameSite=Lax sends the cookie along with a link from elsewhere.
    code = ada.get(algebra.path)["class"]["join_code"]
    assert ada.get("/logout").status == 405
    for path in ("/code", "/leave", f"/people/{ada.id}/remove"):
        # It is a page that asks.
        assert "confirm" in ada.get(algebra.path + path).json
    assert ada.get(algebra.path)["class"]["join_code"] == code


def test_other_sites_may_not_read_answers(server, ada, algebra):
    answer = ada.get(algebra.path, Origin="https://elsewhere.example")
    assert "Access-Control-Allow-Origin" not in answer.headers
    preflight = Client(server).request("OPTIONS", "/classes", headers={
        "Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization"})
    assert "Access-Control-Allow-Origin" not in preflight.headers


def test_a_foreign_host_name_is_not_made_our_own(server, ada):
    # DNS rebinding: Host and Origin agree, and the cookie of another host does not come along;
    # what must hold is that nothing of Host gets into an answer.
    with server.connect() as wire:
        wire.send("GET /classes HTTP/1.1", "Host: elsewhere.example", "Accept: text/html")
        reply = wire.reply()
    assert "elsewhere.example" not in reply.text
    assert "elsewhere.example" not in reply.get("Location", "")


def test_a_refusal_leaves_the_connection_usable(server, ada):
    create_class(ada)
    with server.connect() as wire:
        wire.send("POST /classes HTTP/1.1", f"Host: {server.host}", "Sec-Fetch-Site: cross-site",
            f"Content-Type: {URLENCODED}", body=form(name="x"))
        assert wire.reply().status == 403
        assert wire.get("/healthz").status == 200
