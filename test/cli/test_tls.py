"""All tools over TLS, as a school would run it: one certificate, both servers, nothing in clear."""

import subprocess

import pytest

from support.process import clean_environment, program
from support.school import create_class, sign_up


@pytest.fixture
def secure(start_server, start_chatd, new_certificate):
    """Both servers over TLS, and the environment of somebody who trusts their certificate."""
    cert, key = new_certificate("localhost")
    chatd = start_chatd(tls_cert=cert, tls_key=key)
    server = start_server(tls_cert=cert, tls_key=key, chat_url=f"wss://localhost:{chatd.port}/chat")
    return server, {"MC_SERVER": f"https://localhost:{server.port}", "MC_CA_FILE": cert, "TZ": "UTC"}


def tool(environment, person, *words, **more):
    environment = clean_environment(**environment, MC_TOKEN=person.token, **more)
    return subprocess.run([program(words[0]), *words[1:]], env=environment, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=60, check=False)


def test_a_message_goes_over_tls_and_comes_back(secure):
    server, environment = secure
    ada, ben = sign_up(server, "Ada"), sign_up(server, "Ben")
    classroom = create_class(ada).join(ben)
    assert tool(environment, ada, "mc-class", "live", "start", str(classroom.id)).returncode == 0
    done = tool(environment, ben, "mc-chat", str(classroom.id), "--send", "over a safe line")
    assert (done.returncode, done.stderr) == (0, "")
    done = tool(environment, ada, "mc-chat", str(classroom.id), "--history", "5")
    assert done.stdout.endswith(f"{ben.name}: over a safe line\n"), done.stderr


def test_a_certificate_that_nobody_vouches_for_ends_it_before_the_token_is_sent(secure):
    server, environment = secure
    ada = sign_up(server, "Ada")
    before = server.log.count(" request ")
    for words in (("mc-class",), ("mc-chat", "1", "--send", "x"), ("mc-post", "1", "x")):
        done = tool({**environment, "MC_CA_FILE": ""}, ada, *words)
        assert done.returncode == 1 and "certificate" in done.stderr
    assert before > 0 and server.log.count(" request ") == before
