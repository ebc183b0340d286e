"""When the programs are told nonsense, find no place, or only have to say who they are."""

import os
import subprocess

import pytest

from support.process import clean_environment, program


def _run(*arguments, **environment):
    return subprocess.run([program("mc-server"), *arguments], env=clean_environment(**environment),
        capture_output=True, text=True, timeout=10)


@pytest.mark.parametrize("arguments,named", [
    (["--nonsense", "1"], "nonsense"),
    (["--workers", "many"], "workers"),
    (["--workers", "-1"], "workers"),
    (["--queue", "0"], "queue"),
    (["--head-timeout", "8 fortnights"], "head"),
    (["--body-rate", "fast"], "body"),
    (["--log-level", "loud"], "log"),
    (["--log-format", "xml"], "log"),
    (["--metrics-open=perhaps"], "metrics"),
    (["--listen", "nowhere"], "listen"),
    (["--chat-listen", "nowhere"], "chat_listen"),
    (["--chat-listen", "127.0.0.1:99999"], "chat_listen"),
    (["--chat-listen", ":8081"], "chat_listen"),
    (["--chat-listen", "unix:chat.sock"], "chat_listen"),
    (["--chat-url", "http://school.example/chat"], "chat_url"),
    (["--chat-url", "wss:///chat"], "chat_url"),
    (["--chat-url", "ws://school.example;script-src/chat"], "chat_url"),
    (["--chat-url", "wss://school.example/chat; script-src *"], "chat_url"),
    (["--listen", "127.0.0.1:99999"], "listen"),
    (["--listen", "300.0.0.1:80"], "300.0.0.1"),
    (["--tls-cert", "/dev/null"], "tls"),
    (["--tls-key", "/dev/null"], "tls"),
    (["--tls-cert", "/nowhere/cert.pem", "--tls-key", "/nowhere/key.pem"], "/nowhere/cert.pem"),
    (["--tls-cert", "/dev/null", "--tls-key", "/dev/null"], "/dev/null"),
    (["--config", "/nowhere/miniclass.conf"], "/nowhere/miniclass.conf"),
    (["--password-memory", "100"], "password"),
    (["--db", "dbnam=miniclass"], "dbnam"),
    (["--db", "postgresql://db.school.example/miniclass?sslmode"], "sslmode"),
    (["--listen"], "listen"),
    (["operand"], "operand"),
])
def test_a_wrong_setting_is_status_2_and_named(arguments, named):
    done = _run(*arguments)
    assert done.returncode == 2, done.stderr
    assert "mc-server" in done.stderr and named in done.stderr
    assert done.stdout == ""


def test_a_folder_that_is_not_there_is_said():
    done = _run("--html-dir", "/nowhere/html")
    assert done.returncode in (1, 2) and "/nowhere/html" in done.stderr


def test_a_wrong_variable_or_line_of_the_file_is_named_with_its_place(tmp_path):
    done = _run(MC_WORKERS="many")
    assert done.returncode == 2 and "MC_WORKERS" in done.stderr
    conf = tmp_path / "miniclass.conf"
    conf.write_text("# ours\nlisten = 127.0.0.1:0\nworkers = many\n")
    done = _run("--config", str(conf))
    assert done.returncode == 2
    assert f"{conf}:3" in done.stderr and "workers" in done.stderr
    conf.write_text("nonsense = 1\n")
    done = _run("--config", str(conf))
    assert done.returncode == 2 and "nonsense" in done.stderr


def test_option_goes_before_variable_before_file(tmp_path, cluster, start_server):
    conf = tmp_path / "miniclass.conf"
    conf.write_text("log_format = text\nlog_format = json\nchat_listen = 127.0.0.1:1\nqueue = 7\n")
    server = start_server(config=str(conf))
    assert server.log.lstrip().startswith("{"), "the file counts, of two lines the last one"
    server = start_server(config=str(conf), log_format="text")
    assert not server.log.lstrip().startswith("{"), "the option counts more"
    conf.write_text("listen = 300.0.0.1:80\n")
    said = lambda *options, **variables: _run("--config", str(conf), *options, **variables).stderr
    assert "300.0.0.1" in said()
    assert "300.0.0.2" in said(MC_LISTEN="300.0.0.2:80")
    assert "300.0.0.3" in said("--listen", "300.0.0.3:80", MC_LISTEN="300.0.0.2:80")


def test_an_address_that_is_taken_is_status_1_and_said(server):
    done = _run("--listen", server.address, MC_DB=server.url)
    # All threads of one server share their port; another server must not join in.
    assert done.returncode == 1, done.stderr
    assert server.address in done.stderr


def test_help_shows_examples_first_and_version_a_number():
    done = _run("--help")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.index("Examples:") < done.stdout.index("Options:")
    assert _run("-h").stdout == done.stdout
    done = _run("--version")
    assert done.returncode == 0 and done.stdout.startswith("mc-server ")


def test_migrating_twice_and_at_once_is_the_same_as_once(cluster):
    with cluster.query() as cursor:
        cursor.execute("CREATE DATABASE fresh OWNER mc_owner")
    environment = clean_environment(MC_DB=cluster.url("superuser").replace("/miniclass?", "/fresh?"))
    several = [subprocess.Popen([program("mc-admin"), "migrate"], env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    for each in several:
        _, errors = each.communicate(timeout=60)
        assert each.returncode == 0, errors.decode()
    again = subprocess.run([program("mc-admin"), "migrate"], env=environment, capture_output=True)
    assert again.returncode == 0


def test_without_a_database_migrate_is_status_6(tmp_path):
    done = subprocess.run([program("mc-admin"), "migrate"], capture_output=True, text=True, timeout=60,
        env=clean_environment(MC_DB=f"host={tmp_path} dbname=none"))
    assert done.returncode == 6, done.stderr
    assert done.stderr.startswith("mc-admin: ")


def test_a_database_that_no_string_can_name_is_status_2():
    done = subprocess.run([program("mc-admin"), "health"], capture_output=True, text=True, timeout=60,
        env=clean_environment(MC_DB="dbnam=miniclass"))
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("mc-admin: db: ") and "dbnam" in done.stderr


def test_a_mere_name_is_that_of_a_database(tmp_path):
    done = subprocess.run([program("mc-admin"), "health"], capture_output=True, text=True, timeout=60,
        env=clean_environment(MC_DB="miniclass", PGHOST=str(tmp_path)))
    assert done.returncode == 6 and str(tmp_path) in done.stderr


def test_a_stale_unix_socket_is_replaced_and_a_live_one_is_not(start_server, workplace):
    path = os.path.join(workplace, "stale.sock")
    server = start_server(listen=f"unix:{path}")
    server.kill()
    assert os.path.exists(path)
    server.start()
    assert server._status("/healthz") == 200
    done = _run("--listen", f"unix:{path}", MC_DB=server.url)
    assert done.returncode == 1, done.stderr
    assert server._status("/healthz") == 200
