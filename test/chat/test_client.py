"""The library's own client, while what is around it breaks."""

import os
import subprocess

from support.chat import Framed, start_live
from support.process import BUILD, clean_environment
from support.school import create_class, sign_up
from support.wait import wait_until

CLIENT = os.path.join(BUILD, "test/chat/client")


class Client:
    def __init__(self, chatd, person, room, count, lines=(), ca=None):
        name = chatd.host.replace("127.0.0.1", "localhost") if ca else chatd.host
        self.process = subprocess.Popen([CLIENT, name, str(room), str(count), *([ca] if ca else [])],
            env=clean_environment(MC_TOKEN=person.token), text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.process.stdin.write("".join(line + "\n" for line in lines))
        self.process.stdin.close()
        self.process.stdin = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def seen(self):
        """What it has printed when it is done: pairs of seq and body."""
        out, err = self.process.communicate(timeout=120)
        assert self.process.returncode == 0, err
        return [(int(seq), body) for seq, body in (line.split(" ", 1) for line in out.splitlines())]


def test_two_clients_see_what_both_say(chatd, live, ada, ben):
    _, room = live
    with Client(chatd, ada, room, 20, [f"a{n}" for n in range(10)]) as one, \
            Client(chatd, ben, room, 20, [f"b{n}" for n in range(10)]) as two:
        seen = one.seen()
        assert two.seen() == seen
    assert [seq for seq, _ in seen] == list(range(1, 21))
    for mine in "ab":
        said = [body for _, body in seen if body[0] == mine]
        assert said == [f"{mine}{n}" for n in range(10)], "each one's in the order of sending"


def test_a_killed_daemon_costs_no_message_and_doubles_none(start_chatd, live, ada, ben):
    _, room = live
    chatd = start_chatd()
    with Client(chatd, ada, room, 1000, [f"a{n}" for n in range(500)]) as one, \
            Client(chatd, ben, room, 1000, [f"b{n}" for n in range(500)]) as two:
        for _ in range(3):
            wait_until(lambda: ben.get(f"/rooms/{room}/messages")["last_seq"] > 0, what="they talk")
            chatd.kill()
            chatd.start()
        seen = one.seen()
        assert two.seen() == seen
    assert [seq for seq, _ in seen] == list(range(1, 1001))
    assert sorted(body for _, body in seen) == sorted(f"{w}{n}" for w in "ab" for n in range(500))


def test_a_database_that_is_away_for_a_while_costs_no_message(new_cluster, workplace, start_server,
        start_chatd):
    cluster = new_cluster()
    server, chatd = start_server(cluster.url()), start_chatd(cluster.url())
    teacher = sign_up(server, "Ada")
    room = start_live(create_class(teacher))["room"]
    cluster.kill()
    with Client(chatd, teacher, room, 10, [f"a{n}" for n in range(10)]) as client:
        # It came, and was told to come back.
        wait_until(lambda: "database_away" in chatd.log or "presence_waits" in chatd.log)
        cluster.start()
        assert [seq for seq, _ in client.seen()] == list(range(1, 11))


def test_over_tls_the_name_is_verified(start_chatd, new_certificate, live, ada):
    _, room = live
    cert, key = new_certificate("localhost")
    other, _ = new_certificate("elsewhere.example")
    chatd = start_chatd(tls_cert=cert, tls_key=key)
    with Client(chatd, ada, room, 1, ["hello"], ca=cert) as client:
        assert client.seen() == [(1, "hello")]
    with Client(chatd, ada, room, 1, ["hello"], ca=other) as client:
        for line in client.process.stderr:
            if line.startswith("state 2"):
                break
        else:
            raise AssertionError("it must wait and try again")
    with Framed(chatd, ada.token) as watcher:
        assert watcher.join(room)["last_seq"] == 1, "nothing was said to a stranger"


def test_a_token_that_has_ended_is_said(chatd, live, ada):
    person = sign_up(ada.client.server, "Gone")
    assert person.post("/logout").status == 204
    with Client(chatd, person, 1, 1) as client:
        _, err = client.process.communicate(timeout=60)
        assert client.process.returncode == 1 and "refused" in err
