"""What is asked is answered: however its bytes arrive, in order, and whole."""

import gzip
import itertools
import json

import pytest

from support.school import create_class, log_in
from support.wire import chunked, form, request


def _requests(server, ada, algebra):
    """Requests of every kind, each with the status that it must get."""
    host = f"Host: {server.host}"
    token = f"Authorization: Bearer {ada.token}"
    body = form(body="split", tags="a,b")
    return [
        (request("GET /healthz HTTP/1.1", host), "GET", 200),
        (request("HEAD /login HTTP/1.1", host, "Accept: text/html"), "HEAD", 200),
        (request("GET /classes HTTP/1.1", host, token, "Accept: application/json"), "GET", 200),
        (request(f"POST {algebra.path}/posts HTTP/1.1", host, token, "Accept: application/json",
            "Content-Type: application/x-www-form-urlencoded", body=body), "POST", 201),
        (request(f"POST {algebra.path}/posts HTTP/1.1", host, token, "Accept: application/json",
            "Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked",
            body=chunked(body[:3], body[3:9], body[9:])), "POST", 201),
        (request("GET /nowhere HTTP/1.1", host), "GET", 404),
    ]


def test_a_request_cut_at_any_byte_gets_the_same_answer(unix_server, ada, algebra):
    # Each first part has been read before the second is sent, so the parser really sees the cut.
    with unix_server.connect() as wire:
        for data, method, status in _requests(unix_server, ada, algebra):
            for cut in range(1, len(data)):
                wire.send_bytes(data[:cut])
                wire.wait_consumed()
                wire.send_bytes(data[cut:])
                assert wire.reply(method).status == status, (data[:cut], data[cut:])


def test_requests_that_come_byte_by_byte_are_answered(unix_server, ada, algebra):
    with unix_server.connect() as wire:
        for data, method, status in _requests(unix_server, ada, algebra):
            for n in range(len(data)):
                wire.send_bytes(data[n:n + 1])
                wire.wait_consumed()
            assert wire.reply(method).status == status, data


def test_a_cut_in_the_middle_of_pipelined_requests_changes_nothing(unix_server, ada, algebra):
    requests = _requests(unix_server, ada, algebra)
    data = b"".join(bytes_ for bytes_, _, _ in requests)
    for cut in range(1, len(data), 7):
        with unix_server.connect() as wire:
            wire.send_bytes(data[:cut])
            wire.wait_consumed()
            wire.send_bytes(data[cut:])
            for _, method, status in requests:
                assert wire.reply(method).status == status, cut


def test_pipelined_requests_are_answered_in_order(server, ada):
    # What needs the database and what does not take different ways through the server.
    classes = [create_class(ada, f"Order{n}") for n in range(8)]
    token = f"Authorization: Bearer {ada.token}"
    with server.connect() as wire:
        wire.send_bytes(b"".join(
            request(f"GET {each.path} HTTP/1.1", f"Host: {server.host}", token,
                "Accept: application/json") + request("GET /healthz HTTP/1.1", f"Host: {server.host}")
            for each in classes))
        for each in classes:
            assert json.loads(wire.reply().body)["class"]["name"] == each.name
            assert wire.reply().text.strip() == "ok"


def test_two_hundred_pipelined_requests_are_all_answered(server):
    with server.connect() as wire:
        wire.send_bytes(request("GET /healthz HTTP/1.1", f"Host: {server.host}") * 200)
        for _ in range(200):
            assert wire.reply().status == 200


def test_a_post_and_a_pipelined_read_see_each_other(server, ada, algebra):
    token = f"Authorization: Bearer {ada.token}"
    with server.connect() as wire:
        wire.send_bytes(
            request(f"POST {algebra.path}/posts HTTP/1.1", f"Host: {server.host}", token,
                "Accept: application/json", "Content-Type: application/json",
                body=b'{"body":"first"}')
            + request(f"GET {algebra.path}/posts HTTP/1.1", f"Host: {server.host}", token,
                "Accept: application/json"))
        assert wire.reply().status == 201
        assert [post["body"] for post in json.loads(wire.reply().body)["posts"]] == ["first"]


def test_one_empty_line_before_a_request_is_skipped(server):
    # RFC 9112, 2.2
    with server.connect() as wire:
        wire.send_bytes(b"\r\n" + request("GET /healthz HTTP/1.1", f"Host: {server.host}"))
        assert wire.reply().status == 200


@pytest.mark.parametrize("path", ["/", "/login", "/signup", "/healthz", "/nowhere"])
def test_head_has_the_fields_of_get_and_no_body(server, path):
    # RFC 9110, 9.3.2
    with server.connect() as wire:
        got = wire.get(path, "Accept: text/html")
        wire.send(f"HEAD {path} HTTP/1.1", f"Host: {server.host}", "Accept: text/html")
        head = wire.reply("HEAD")
        assert head.status == got.status
        assert head["Content-Type"] == got["Content-Type"]
        # The next answer begins where the head ended: no body came.
        assert wire.get("/healthz").status == 200


def test_the_length_that_head_says_is_the_length_of_get(server):
    with server.connect() as wire:
        got = wire.get("/healthz")
        wire.send("HEAD /healthz HTTP/1.1", f"Host: {server.host}")
        assert wire.reply("HEAD")["Content-Length"] == got["Content-Length"]


@pytest.mark.parametrize("method,path,allowed", [
    ("POST", "/healthz", {"GET", "HEAD"}),
    ("DELETE", "/login", {"GET", "HEAD", "POST"}),
    ("GET", "/logout", {"POST"}),
    ("PUT", "/classes", {"GET", "HEAD", "POST"}),
    ("POST", "/classes/1/tags", {"GET", "HEAD"}),
])
def test_a_wrong_method_is_405_and_allow_names_the_right_ones(server, ada, method, path, allowed):
    with server.connect() as wire:
        wire.send(f"{method} {path} HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            f"Authorization: Bearer {ada.token}", "Content-Length: 0")
        reply = wire.reply()
    named = {name.strip() for name in reply["Allow"].split(",")}
    assert reply.status == 405
    assert allowed <= named and method not in named


def test_options_for_the_whole_server_names_all_methods(server):
    # RFC 9110, 9.3.7
    with server.connect() as wire:
        wire.send("OPTIONS * HTTP/1.1", f"Host: {server.host}")
        reply = wire.reply("OPTIONS")
        assert reply.status == 204
        assert {name.strip() for name in reply["Allow"].split(",")} == {"GET", "HEAD", "POST", "OPTIONS"}
        assert wire.get("/healthz").status == 200


def test_an_unknown_method_is_405_and_the_connection_is_not_confused(server):
    with server.connect() as wire:
        wire.send("BREW /healthz HTTP/1.1", f"Host: {server.host}")
        reply = wire.reply()
        assert reply.status == 405
        if not reply.closes:
            assert wire.get("/healthz").status == 200


@pytest.mark.parametrize("path", ["/nowhere", "/classes/1/nowhere", "/classes/0", "/classes/-1",
    "/classes/abc", "/classes/99999999999999999999", "/static/none.css", "/static/", "/static/../LICENSE",
    "/static/%2e%2e/LICENSE", "/%2e%2e/etc/passwd", "//healthz", "/classes//posts"])
def test_what_is_not_there_is_404(server, ada, path):
    assert ada.get(path).status == 404


def test_404_is_a_page_for_browsers_and_a_problem_for_programs(server):
    with server.connect() as wire:
        page = wire.get("/nowhere", "Accept: text/html")
        assert page.status == 404 and page["Content-Type"].startswith("text/html")
        problem = wire.get("/nowhere", "Accept: application/json")
        assert problem.status == 404 and problem["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("accept,json_wins", [
    (None, False),
    ("*/*", False),
    ("text/html", False),
    ("application/json", True),
    ("application/json, text/html;q=0.9", True),
    ("application/json;q=0.5, text/html", False),
    ("text/html;q=0.1, application/json;q=0.2", True),
    ("application/*", True),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
    ("application/json;q=0", False),
    ("APPLICATION/JSON", True),
])
def test_accept_chooses_the_face(server, accept, json_wins):
    # RFC 9110, 12.5.1
    with server.connect() as wire:
        reply = wire.get("/nowhere", *([f"Accept: {accept}"] if accept else []))
    expected = "application/problem+json" if json_wins else "text/html"
    assert reply["Content-Type"].startswith(expected)


@pytest.mark.parametrize("lines,json_wins", [
    (["text/html;q=0.5", "application/json"], True),
    (["application/json", "text/html;q=0.5"], True),
    (["image/png", "", "application/json;q=0.2, text/html;q=0.1"], True),
    (["application/json;q=0.5", "text/html"], False),
])
def test_lines_of_accept_are_one_list(server, lines, json_wins):
    # RFC 9110, 5.3
    with server.connect() as wire:
        reply = wire.get("/nowhere", *[f"Accept: {line}" for line in lines])
    expected = "application/problem+json" if json_wins else "text/html"
    assert reply["Content-Type"].startswith(expected)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/mixed; boundary=a",
    "application/jsonp", "json"])
def test_another_type_of_body_is_415(server, kind):
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            f"Content-Type: {kind}", body=b"{}")
        assert wire.reply().status == 415


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded",
    "text/plain"])
def test_an_empty_body_has_no_fields_whatever_its_type(server, ben, kind):
    person = log_in(server, ben)
    assert person.client.post_raw("/classes", b"", kind).status == 422, "a class has a name"
    assert person.client.post_raw("/logout", b"", kind).status == 204


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8",
    "Application/JSON", "application/json;charset=UTF-8"])
def test_a_content_type_may_have_parameters_and_capitals(server, ada, kind):
    body = json.dumps({"email": ada.email, "password": ada.password}).encode()
    assert ada.client.post_raw("/login", body, kind).status == 200


def test_a_body_in_chunks_is_the_same_as_one_with_a_length(server, ada):
    body = form(email=ada.email, password=ada.password)
    for pieces in ([body], [body[:1], body[1:]], [body[i:i + 1] for i in range(len(body))]):
        with server.connect() as wire:
            wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
                "Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked",
                body=chunked(*pieces))
            assert wire.reply().status == 200


def test_chunk_extensions_and_trailers_are_read_and_dropped(server, ada):
    # RFC 9112, 7.1.1 and 7.1.2
    body = form(email=ada.email, password=ada.password)
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            "Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked",
            body=b"%X;name=value\r\n%b\r\n0\r\nX-Checksum: 1\r\n\r\n" % (len(body), body))
        assert wire.reply().status == 200
        assert wire.get("/healthz").status == 200


def test_who_expects_100_continue_is_told_to_go_on(server, ada):
    # RFC 9110, 10.1.1
    body = form(email=ada.email, password=ada.password)
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            "Content-Type: application/x-www-form-urlencoded", "Expect: 100-continue",
            f"Content-Length: {len(body)}")
        assert wire.reply().status == 100
        wire.send_bytes(body)
        assert wire.reply().status == 200


def test_a_refused_body_is_refused_before_it_is_sent(server):
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Expect: 100-continue",
            "Content-Type: application/json", "Content-Length: 99999999")
        assert wire.reply().status == 413


def test_no_100_continue_when_the_body_is_there_already(server, ada):
    # RFC 9110, 10.1.1: it may be left out; but one that comes late would be taken for the answer
    body = form(email=ada.email, password=ada.password)
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            "Content-Type: application/x-www-form-urlencoded", "Expect: 100-continue", body=body)
        replies = [wire.reply()]
        if replies[0].status == 100:
            replies.append(wire.reply())
        assert replies[-1].status == 200
        assert wire.get("/healthz").status == 200


def test_http_1_1_keeps_the_connection(server):
    with server.connect() as wire:
        for _ in range(3):
            reply = wire.get("/healthz")
            assert reply.version == "1.1" and not reply.closes


def test_connection_close_is_said_back_and_done(server):
    # RFC 9112, 9.6
    with server.connect() as wire:
        reply = wire.get("/healthz", "Connection: close")
        assert reply.closes
        assert wire.ended()


@pytest.mark.parametrize("value", ["Close", "close, TE", "TE, close"])
def test_close_is_found_in_a_list_and_in_any_case(server, value):
    with server.connect() as wire:
        assert wire.get("/healthz", f"Connection: {value}").closes
        assert wire.ended()


def test_nothing_behind_a_last_request_is_answered(server):
    with server.connect() as wire:
        wire.send_bytes(
            request("GET /healthz HTTP/1.1", f"Host: {server.host}", "Connection: close")
            + request("GET /healthz HTTP/1.1", f"Host: {server.host}"))
        assert wire.reply().status == 200
        assert wire.ended()


def test_http_1_0_closes_unless_asked_to_keep(server):
    with server.connect() as wire:
        wire.send("GET /healthz HTTP/1.0")
        assert wire.reply().status == 200
        assert wire.ended()
    with server.connect() as wire:
        for _ in range(2):
            wire.send("GET /healthz HTTP/1.0", "Connection: keep-alive")
            reply = wire.reply()
            # RFC 9112, 9.3: otherwise a 1.0 client cannot know.
            assert reply["Connection"].lower() == "keep-alive"


def test_http_1_0_gets_no_chunks(server):
    with server.connect() as wire:
        wire.send("GET /login HTTP/1.0")
        assert "Transfer-Encoding" not in wire.reply()


def test_a_client_that_has_said_all_still_gets_its_answer(server):
    import socket
    with server.connect() as wire:
        wire.send("GET /healthz HTTP/1.1", f"Host: {server.host}")
        wire.sock.shutdown(socket.SHUT_WR)
        assert wire.reply().status == 200
        assert wire.ended()


def test_absolute_form_is_understood_and_its_authority_counts(server):
    # RFC 9112, 3.2.2: a server must accept it, and Host is then ignored
    with server.connect() as wire:
        wire.send(f"GET http://{server.host}/healthz HTTP/1.1", f"Host: {server.host}")
        assert wire.reply().status == 200
        wire.send(f"GET http://{server.host} HTTP/1.1", f"Host: {server.host}")
        assert wire.reply().status == 200


def test_options_asks_what_is_allowed(server):
    with server.connect() as wire:
        wire.send("OPTIONS /login HTTP/1.1", f"Host: {server.host}")
        reply = wire.reply()
        assert reply.status == 204
        assert {"GET", "POST"} <= {name.strip() for name in reply["Allow"].split(",")}


def test_every_answer_is_dated_and_typed_and_not_to_be_guessed_at(server, ada, algebra):
    import email.utils
    with server.connect() as wire:
        for path in ("/", "/login", "/healthz", "/nowhere", algebra.path, algebra.path + "/posts"):
            for accept in ("text/html", "application/json"):
                reply = wire.get(path, f"Accept: {accept}", f"Authorization: Bearer {ada.token}")
                assert email.utils.parsedate_to_datetime(reply["Date"])
                if reply.body:
                    assert reply["Content-Type"]
                    assert reply["X-Content-Type-Options"] == "nosniff", path


def test_pages_forbid_foreign_scripts_and_frames(server):
    with server.connect() as wire:
        reply = wire.get("/login", "Accept: text/html")
    policy = reply["Content-Security-Policy"]
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert reply["Referrer-Policy"]


def test_answers_about_people_are_not_kept_by_caches(server, ada, algebra):
    with server.connect() as wire:
        for accept in ("text/html", "application/json"):
            reply = wire.get(algebra.path, f"Accept: {accept}", f"Authorization: Bearer {ada.token}")
            assert "no-store" in reply["Cache-Control"]
            assert "accept" in reply["Vary"].lower()


# Static files: RFC 9110, 13 to 14, and RFC 9111.

@pytest.fixture
def stylesheet(server):
    """The path of the style sheet that pages link to."""
    from support.page import Visitor
    [link] = Visitor(server).get("/login").dom.all("link", rel="stylesheet")
    return link["href"]


def test_a_static_file_has_a_hashed_name_and_a_year_of_life(server, stylesheet):
    with server.connect() as wire:
        reply = wire.get(stylesheet)
    assert reply.status == 200
    assert reply["Content-Type"].startswith("text/css")
    assert "max-age=31536000" in reply["Cache-Control"] and "immutable" in reply["Cache-Control"]
    assert reply["ETag"].startswith('"') and reply["ETag"].endswith('"')


def test_the_plain_name_works_with_a_short_life(server, stylesheet):
    with server.connect() as wire:
        hashed = wire.get(stylesheet)
        plain = wire.get("/static/app.css")
    assert plain.status == 200 and plain.body == hashed.body
    assert "31536000" not in plain["Cache-Control"]


def test_a_static_file_is_compressed_for_who_can_read_it(server, stylesheet):
    with server.connect() as wire:
        plain = wire.get(stylesheet)
        packed = wire.get(stylesheet, "Accept-Encoding: gzip")
        refused = wire.get(stylesheet, "Accept-Encoding: gzip;q=0, identity")
    assert "Content-Encoding" not in plain and "Content-Encoding" not in refused
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(plain.body)
    assert gzip.decompress(packed.body) == plain.body == refused.body
    assert packed["ETag"] != plain["ETag"]
    assert "accept-encoding" in packed["Vary"].lower() and "accept-encoding" in plain["Vary"].lower()


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_what_the_client_has_already_is_304(server, stylesheet, coding):
    # RFC 9110, 15.4.5
    with server.connect() as wire:
        first = wire.get(stylesheet, f"Accept-Encoding: {coding}")
        for tag in (first["ETag"], f'W/{first["ETag"]}', f'"other", {first["ETag"]}', "*"):
            again = wire.get(stylesheet, f"Accept-Encoding: {coding}", f"If-None-Match: {tag}")
            assert again.status == 304, tag
            assert again["ETag"] == first["ETag"]
            assert again["Cache-Control"] == first["Cache-Control"]
        lines = wire.get(stylesheet, "Accept-Encoding: br", f"Accept-Encoding: {coding}",
            'If-None-Match: "other"', f'If-None-Match: {first["ETag"]}')
        assert lines.status == 304
        changed = wire.get(stylesheet, f"Accept-Encoding: {coding}", 'If-None-Match: "other"')
        assert changed.status == 200 and changed.body == first.body


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_part_of_another_version_is_412(server, stylesheet, coding):
    # RFC 9110, 13.1.1: compared strongly, and before If-None-Match and Range
    coding = f"Accept-Encoding: {coding}"
    with server.connect() as wire:
        tag = wire.get(stylesheet, coding)["ETag"]
        for same in (tag, f'"other", {tag}', "*"):
            assert wire.get(stylesheet, coding, f"If-Match: {same}").status == 200
            assert wire.get(stylesheet, coding, f"If-Match: {same}", "Range: bytes=0-3").status == 206
            assert wire.get(stylesheet, coding, f"If-Match: {same}", f"If-None-Match: {tag}").status == 304
        for other in ('"other"', f"W/{tag}", ""):
            for more in ("Range: bytes=0-3", f"If-None-Match: {tag}"):
                assert wire.get(stylesheet, coding, f"If-Match: {other}", more).status == 412, other


@pytest.mark.parametrize("asked,first,last", [
    ("bytes=0-0", 0, 0),
    ("bytes=0-50", 0, 50),
    ("bytes=10-19", 10, 19),
    ("bytes=5-", 5, -1),
    ("bytes=-100", -100, -1),
    ("bytes=10-99999999", 10, -1),
    ("bytes=-99999999", 0, -1),
])
def test_a_range_is_that_part(server, stylesheet, asked, first, last):
    # RFC 9110, 14.1.2: both ends are included, and bytes=-100 is the last hundred
    with server.connect() as wire:
        whole = wire.get(stylesheet)
        part = wire.get(stylesheet, f"Range: {asked}")
    assert whole["Accept-Ranges"] == "bytes"
    whole = whole.body
    size = len(whole)
    first, last = first % size, last % size
    assert part.status == 206
    assert part.body == whole[first:last + 1]
    assert part["Content-Range"] == f"bytes {first}-{last}/{size}"


def test_a_range_behind_the_end_is_416_and_says_the_size(server, stylesheet):
    with server.connect() as wire:
        size = len(wire.get(stylesheet).body)
        reply = wire.get(stylesheet, f"Range: bytes={size}-")
        assert reply.status == 416
        assert reply["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=a-b", "lines=1-2", "bytes=", "bytes=-",
    "bytes 1-2", "bytes=+1-2", "bytes=99999999999999999999-"])
def test_a_range_that_makes_no_sense_is_no_range(server, stylesheet, asked):
    # RFC 9110, 14.2: an invalid Range is ignored; a first position behind any end is unsatisfiable
    with server.connect() as wire:
        whole = wire.get(stylesheet)
        reply = wire.get(stylesheet, f"Range: {asked}")
    assert reply.status == (416 if "9999" in asked else 200)
    if reply.status == 200:
        assert reply.body == whole.body


def test_head_of_a_static_file_says_its_length(server, stylesheet):
    with server.connect() as wire:
        whole = wire.get(stylesheet)
        wire.send(f"HEAD {stylesheet} HTTP/1.1", f"Host: {server.host}")
        head = wire.reply("HEAD")
        assert int(head["Content-Length"]) == len(whole.body)
        assert head["ETag"] == whole["ETag"]
        assert wire.get("/healthz").status == 200


def test_if_range_with_another_tag_sends_all(server, stylesheet):
    # RFC 9110, 13.1.5
    with server.connect() as wire:
        whole = wire.get(stylesheet)
        reply = wire.get(stylesheet, "Range: bytes=0-3", 'If-Range: "other"')
        assert reply.status == 200 and reply.body == whole.body


def test_answers_differ_only_by_their_face(server, ada, algebra):
    # One handler, two faces: what JSON says stands on the page.
    algebra.post("Bring **rulers**", "homework")
    with server.connect() as wire:
        view = json.loads(wire.get(algebra.path, "Accept: application/json",
            f"Authorization: Bearer {ada.token}").body)
        page = wire.get(algebra.path, "Accept: text/html", f"Authorization: Bearer {ada.token}").text
    said = itertools.chain([view["class"]["name"], view["class"]["join_code"]],
        *[post["tags"] for post in view["posts"]])
    for text in said:
        assert text in page
    assert "<strong>rulers</strong>" in page
