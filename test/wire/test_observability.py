"""What an operator sees: health, numbers, log lines."""

import json
import re
import socket

import pytest

from support.client import Client
from support.school import create_class, sign_up
from support.wait import wait_until


def test_healthz_and_readyz_say_ok(server):
    with server.connect() as wire:
        for path in ("/healthz", "/readyz"):
            reply = wire.get(path)
            assert reply.status == 200 and reply.text.strip() == "ok"
            assert reply["Content-Type"].startswith("text/plain")
            assert "no-store" in reply["Cache-Control"]


def _metrics(server):
    text = Client(server).request("GET", "/metrics", headers={"Accept": "*/*"}).text
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))


def test_metrics_are_in_the_text_format_of_prometheus(server):
    with server.connect() as wire:
        reply = wire.get("/metrics")
    assert reply.status == 200
    assert reply["Content-Type"].startswith("text/plain; version=0.0.4")
    names = set()
    for line in reply.text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in names and kind in ("counter", "gauge", "histogram", "summary")
            names.add(name)
        elif not line.startswith("#"):
            found = re.fullmatch(r'([a-z_:][a-z0-9_:]*)(\{[^{}]*\})? (-?[0-9.e+-]+|\+Inf|NaN)', line)
            assert found, line
            assert re.sub("_(bucket|sum|count)$", "", found[1]) in names or found[1] in names, line
            if not found[1].endswith(("_bucket", "_sum", "_count")):
                assert found[1].startswith("miniclass_")


def test_requests_are_counted(start_server):
    server = start_server()

    def count(status):
        return int(_metrics(server)[f'miniclass_http_requests_total{{status="{status}"}}'])

    ok, missing = count("2xx"), count("4xx")
    for _ in range(7):
        Client(server).get("/nowhere")
    # Counted behind the answer.
    wait_until(lambda: count("4xx") >= missing + 7, what="all seven are counted")
    assert count("4xx") == missing + 7
    assert count("2xx") > ok


def test_a_histograms_buckets_grow_and_end_at_the_count(server):
    values = _metrics(server)
    name = "miniclass_http_request_duration_seconds"
    buckets = [int(value) for key, value in values.items() if key.startswith(name + "_bucket")]
    assert buckets == sorted(buckets)
    assert buckets[-1] == int(values[name + "_count"])


def _outside_address():
    """An address of this machine that is not loopback; None without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: the kernel only chooses an address.
            probe.connect(("192.0.2.1", 9))
            address = probe.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address


def test_metrics_are_for_loopback_only(start_server):
    address = _outside_address()
    if address is None:
        pytest.skip("this machine has only loopback")
    server = start_server(listen=f"{address}:0", wait=False)
    assert Client(server).get("/healthz").status == 200
    assert Client(server).get("/metrics").status == 404
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert Client(server).get("/metrics", **{header: "127.0.0.1"}).status == 404
    assert Client(server).get("/metrics", Host="127.0.0.1").status == 404


def test_metrics_can_be_opened(start_server):
    address = _outside_address()
    if address is None:
        pytest.skip("this machine has only loopback")
    server = start_server(listen=f"{address}:0", metrics_open="on", wait=False)
    assert Client(server).get("/metrics").status == 200


def test_metrics_name_nobody(server, ada, algebra):
    text = Client(server).get("/metrics").text
    assert ada.name not in text and ada.email not in text and algebra.name not in text


def _talk(server):
    person = sign_up(server, 'Quo"ted\\')
    classroom = create_class(person, 'A "class" = mine')
    classroom.post("x")
    for path in ("/nowhere?a=b c", '/"quoted"', "/a%0Ab", "/%1b[31m"):
        with server.connect() as wire:
            wire.send_bytes(f"GET {path.replace(' ', '%20')} HTTP/1.1\r\nHost: {server.host}\r\n"
                'User-Agent: "x" \\ y=z\r\nConnection: close\r\n\r\n'.encode())
            wire.reply()
    Client(server).post("/login", {"email": 'a"b@c.example', "password": "wrong-wrong"})
    Client(server).post("/login", {}, Origin='https://else"where.example')
    with server.connect() as wire:
        wire.send_bytes(b"GET / HTTP/1.1\r\n\xff\xfe\r\n\r\n")
        wire.reply()
    assert server.logged("cross_site_refused")


def test_every_json_line_parses_and_names_its_event(start_server):
    server = start_server(log_format="json", log_level="debug")
    _talk(server)
    server.stop()
    lines = server.log.splitlines()
    assert lines
    events = set()
    for line in lines:
        event = json.loads(line)
        assert isinstance(event, dict) and isinstance(event["event"], str), line
        assert event["level"] in ("error", "warn", "info", "debug"), line
        events.add(event["event"])
    assert {"listening", "request", "cross_site_refused", "stopping"} <= events


def test_every_text_line_is_one_event_with_fields(start_server):
    server = start_server(log_format="text", log_level="debug")
    _talk(server)
    server.stop()
    value = r'("(?:[^"\\]|\\.)*"|[^\s"]*)'
    for line in server.log.splitlines():
        assert re.fullmatch(rf"[^=]*?[a-z_]+( [a-z_]+={value})+", line), line
        assert all(" " <= c for c in line), "no control character gets through"


def test_requests_are_logged_with_status_and_connection(start_server):
    server = start_server(log_level="info")
    Client(server).get("/nowhere?secret=1")
    line = server.logged("request", path="/nowhere")
    assert line and "status=404" in line and "conn=" in line
    assert "secret=1" not in line, "a query can hold what somebody searched for"


def test_log_level_error_is_silent_in_a_good_day(start_server):
    server = start_server()
    listens = server.settings["listen"]
    server.stop()
    quiet = start_server(listen=listens)
    sign_up(quiet)
    quiet.stop()
    assert not [line for line in quiet.log.splitlines() if re.search(r"\berror\b", line)]


def test_a_log_that_nobody_reads_stops_nobody(start_server):
    server = start_server()
    with server.unread(), server.connect() as wire:
        # Ten times what a pipe holds.
        for _ in range(6000):
            assert wire.get("/healthz").status == 200
    with server.connect() as wire:
        wait_until(lambda: wire.get("/healthz").status == 200 and "lines_lost" in server.log)


def test_two_requests_of_one_connection_have_its_number(start_server):
    server = start_server(log_format="json", log_level="info")
    with server.connect() as wire:
        for _ in range(2):
            wire.get("/nowhere-twice")
    with server.connect() as wire:
        wire.get("/nowhere-once")
    wait_until(lambda: server.log.count("/nowhere-") == 3, what="three lines")
    # A line is written behind its answer, so another connection's may come before it.
    twice, once = ([json.loads(line)["conn"] for line in server.log.splitlines() if path in line]
        for path in ("/nowhere-twice", "/nowhere-once"))
    assert twice[0] == twice[1] != once[0]


def test_ipv6_and_a_unix_socket_are_listened_on(start_server, workplace):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        server = start_server(listen="[::1]:0")
    except AssertionError:
        pytest.skip("no ::1 here")
    assert Client(server).get("/healthz").status == 200
    assert Client(server).get("/metrics").status == 200
    server = start_server(listen=f"unix:{workplace}/seen.sock")
    assert Client(server).get("/metrics").status == 200


def test_pages_come_from_html_dir_and_follow_its_changes(start_server, tmp_path):
    import os
    import shutil
    from support.page import Visitor
    from support.process import ROOT
    mine = tmp_path / "html"
    shutil.copytree(os.path.join(ROOT, "html"), mine)
    server = start_server(html_dir=str(mine))
    assert Visitor(server).get("/login").status == 200
    page = mine / "templates" / "login.html"
    page.write_text(page.read_text().replace("</form>", "<p>Changed while running.</p></form>", 1))
    wait_until(lambda: "Changed while running." in Visitor(server).get("/login").text, what="the change")
    (mine / "static" / "new.css").write_text("body { color: red }")
    wait_until(lambda: Client(server).get("/static/new.css").status == 200, what="the new file")
