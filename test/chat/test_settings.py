"""mc-chatd is set up, asked, told and stopped like mc-server."""

import email.utils
import os
import signal
import subprocess
import time

import pytest

from support.chat import Framed, Socket, metric
from support.process import clean_environment, program
from support.wait import wait_until
from support.wire import Wire


def _run(*arguments, **environment):
    return subprocess.run([program("mc-chatd"), *arguments], env=clean_environment(**environment),
        capture_output=True, text=True, timeout=20)


def test_help_and_version_are_data(cluster):
    for option in ("-h", "--help", "--version"):
        done = _run(option)
        assert done.returncode == 0 and "mc-chatd" in done.stdout and done.stderr == ""


@pytest.mark.parametrize("arguments,environment,words", [
    (["--chat-lisen=x"], {}, "--chat-listen"),
    (["--chat-listen=nonsense"], {}, "chat_listen"),
    (["--out-queue=lots"], {}, "--out-queue"),
    (["operand"], {}, "operand"),
    (["--tls-cert=/dev/null"], {}, "tls_key"),
    (["--config=/nonexistent/file"], {}, "/nonexistent/file"),
    # RFC 6454, 6.2: an origin has a scheme and no path.
    (["--chat-origins=https://a.example school.example"], {}, "school.example"),
    (["--chat-origins=https://school.example/"], {}, "school.example/"),
    (["--chat-origins=wss://school.example"], {}, "chat_origins"),
    (["--db=dbnam=miniclass"], {}, "dbnam"),
    ([], {"MC_LOG_LEVEL": "loud"}, "MC_LOG_LEVEL")], ids=lambda value: str(value)[:24])
def test_a_wrong_setting_is_named_and_exits_with_2(cluster, arguments, environment, words):
    done = _run(*arguments, **environment)
    assert done.returncode == 2 and words in done.stderr and done.stdout == ""


def test_half_the_processors_own_connections_unless_something_else_is_set(start_chatd):
    half = (os.cpu_count() + 1) // 2
    for loops, expected in (0, half), (3, 3):
        assert start_chatd(loops=loops).logged("listening", loops=expected)


def test_a_port_that_another_daemon_has_is_not_shared_unnoticed(chatd, cluster):
    done = _run(f"--chat-listen={chatd.address}", MC_DB=cluster.url())
    assert done.returncode == 1 and "start_failed" in done.stderr
    assert "in use" in done.stderr


def test_sighup_reads_the_settings_and_says_what_waits(tmp_path, start_chatd, ben):
    conf = tmp_path / "miniclass.conf"
    conf.write_text("out_queue = 65536\nworkers = 7\n")
    daemon = start_chatd(config=str(conf))
    with Framed(daemon, ben.token) as student:
        conf.write_text("log_format = json\nout_queue = 65537\n")
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: '"settings_read"' in daemon.log)
        assert '"setting_waits"' in daemon.log and '"out_queue"' in daemon.log
        conf.write_text("out_queue = many\n")
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: '"settings_kept"' in daemon.log)
        assert student.drain() == [], "connections live on"


def test_sighup_reads_the_certificates(new_certificate, start_chatd, ben):
    cert, key = new_certificate("chat.example")
    daemon = start_chatd(tls_cert=cert, tls_key=key)
    with Framed(daemon, ben.token) as student:
        daemon.signal(signal.SIGHUP)
        assert daemon.logged("certificates_read")
        assert student.drain() == []


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/nothing", "/chat"])
def test_head_is_answered_without_a_body(chatd, path):
    # RFC 9110, 9.3.2.
    with Wire(chatd.socket(), chatd.host) as wire:
        wire.send_bytes(f"HEAD {path} HTTP/1.1\r\nHost: {chatd.host}\r\n\r\n".encode())
        reply = wire.reply("HEAD")
        assert int(reply["Content-Length"]) > 0
        # 6.6.1: who has a clock says the time.
        sent = email.utils.parsedate_to_datetime(reply["Date"]).timestamp()
        assert abs(time.time() - sent) < 60 and reply["Date"].endswith(" GMT")
        assert wire.ended()


@pytest.mark.parametrize("path, allowed", [("/healthz", "GET, HEAD"), ("/readyz", "GET, HEAD"),
    ("/metrics", "GET, HEAD"), ("/chat", "GET")])
def test_what_is_only_read_is_not_written_to(chatd, path, allowed):
    # RFC 9110, 15.5.6.
    with Wire(chatd.socket(), chatd.host) as wire:
        wire.send_bytes(
            f"POST {path} HTTP/1.1\r\nHost: {chatd.host}\r\nContent-Length: 0\r\n\r\n".encode())
        reply = wire.reply("POST")
        assert reply.status == 405 and reply["Allow"] == allowed
        assert wire.ended()


def test_metrics_count_what_happens(start_chatd, room, ada, ben):
    begun = time.monotonic()
    daemon = start_chatd()
    with Framed(daemon, ada.token) as teacher, Socket(daemon, ben.token) as student:
        teacher.join(room)
        student.join(room)
        for n in range(5):
            student.send(room, f"message {n}")
        for _ in range(2):
            assert student.send(room, "once", "the-same") == 6
        for each in (teacher, student):
            each.messages(room, 6)
        student.say(type="join", room=1 << 40)
        assert student.until("error")["code"] == "not_found"
        assert metric(daemon, "miniclass_chat_connections_open") == 3, "with who asks"
        assert metric(daemon, "miniclass_chat_messages_total") == 6, "what is repeated is not stored"
        assert 1 <= metric(daemon, "miniclass_chat_batches_total") <= 7
        assert 0 < metric(daemon, "miniclass_chat_append_seconds_total") < time.monotonic() - begun
        assert metric(daemon, "miniclass_chat_deliveries_total") == 12
        assert metric(daemon, "miniclass_chat_refused_total") == 1
        assert metric(daemon, "miniclass_chat_commands_total") == 2 + 2 + 5 + 2 + 1
        assert metric(daemon, "miniclass_chat_database_connections_open") >= 1
    wait_until(lambda: metric(daemon, "miniclass_chat_connections_open") == 1)


def test_no_token_and_no_text_stand_in_the_log(start_chatd, server, ada, ben):
    daemon = start_chatd(log_level="debug")
    with Framed(daemon, ben.token) as student:
        student.say(type="send", room=999999, client_id="c", body="nobody-reads-this")
        student.until("error")
    daemon.stop()
    assert "nobody-reads-this" not in daemon.log and ben.token not in daemon.log


def test_a_client_is_told_that_the_daemon_stops(start_chatd, ben):
    daemon = start_chatd()
    with Framed(daemon, ben.token) as student:
        daemon.signal(signal.SIGTERM)
        assert student.until("error")["code"] == "going_away"
        assert student.ended()
        assert daemon.wait() == 0
