"""mc-chat on the whole screen, as a person sees it."""

import json
import os
import queue
import signal
import socket
import threading

import pytest

from support.chat import Framed, discuss, end_live, open_thread, start_live
from support.process import program
from support.school import log_in
from support.screen import Terminal

PAGE_UP, PAGE_DOWN, ESCAPE = "\033[5~", "\033[6~", "\033"


@pytest.fixture
def lesson(algebra):
    return start_live(algebra, "Fractions")


def chat(server, chatd, person, *words, **options):
    return Terminal(program("mc-chat"), *words, "--chat", chatd.address,
        MC_SERVER=f"http://{server.address}", MC_TOKEN=person.token, **options)


def write(person, room, *bodies):
    for body in bodies:
        answer = person.post(f"/rooms/{room}/messages", {"body": body})
        assert answer.status == 201, answer


def test_title_history_status_and_line(server, chatd, algebra, lesson, ada, ben):
    write(ada, lesson["room"], "Good morning")
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("Good morning").until("connected")
        assert terminal.rows[0].startswith(" Fractions")
        assert f"* {ada.name}: Good morning" in terminal.rows[12]
        terminal.until(lambda: terminal.rows[14] == ">" and terminal.cursor == (14, 2))


def test_what_is_typed_is_sent_and_shown_once(server, chatd, algebra, lesson, ada, ben):
    with chat(server, chatd, ben, str(algebra.id)) as terminal, Framed(chatd, ada.token) as other:
        other.join(lesson["room"])
        terminal.until("connected").type("half hhalf\033b\033[C\177\r")
        assert other.until("message")["body"] == "half half"
        terminal.until(lambda: "on the way" not in terminal.text and "half half" in terminal.text)
        assert terminal.text.count("half half") == 1


def paste(text):
    return f"\033[200~{text}\033[201~"


def test_what_is_too_long_is_kept_whole_and_said_until_it_is_short(server, chatd,
        algebra, lesson, ben):
    with chat(server, chatd, ben, str(algebra.id)) as terminal, Framed(chatd, ben.token) as other:
        other.join(lesson["room"])
        terminal.until("connected").type(paste("<" + "x\n" * 2501 + ">"))
        terminal.until(lambda: "908 bytes too long" in terminal.rows[13])
        terminal.type("\r").until(
            lambda: "908 bytes too long \u00b7 not sent: 4096 at most" in terminal.rows[13])
        # The next key takes the refusal away, not what it is about.
        terminal.type("\033[D").until(
            lambda: "908 bytes too long" in terminal.rows[13] and "not sent" not in terminal.text)
        terminal.type("\177" * 907).until("1 byte too long").type("\177")
        terminal.until(lambda: "too long" not in terminal.text).type("\r")
        body = other.until("message")["body"]
        assert body == "<" + ("x\n" * 2501)[:-908] + ">" and len(body) == 4096


def test_what_no_line_can_hold_is_said_to_be_cut(server, chatd, algebra, lesson, ben):
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected").type("\033[200~")
        # In pieces: nobody reads what the program writes meanwhile.
        for piece in range(1, 7):
            terminal.type("x" * 10000).until(f"{piece * 10000 - 4096} bytes too long")
        terminal.type("x" * 10000 + "\033[201~")
        terminal.until("61440 bytes too long, the rest is cut off")
        assert terminal.raw.count(b"\007") == 1
        terminal.type("\r").until("61440 bytes too long, the rest")
        terminal.type("\025").until(lambda: "too long" not in terminal.text)


def test_wide_characters_move_the_cursor_by_two(server, chatd, algebra, lesson, ben):
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected").type("\u4f60\u597d e\u0301")
        terminal.until(lambda: terminal.cursor == (14, 8))
        terminal.type("\002\002\002")
        terminal.until(lambda: terminal.cursor == (14, 4))


def test_who_comes_and_goes(server, chatd, algebra, lesson, ada, ben):
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected")
        with Framed(chatd, ada.token) as other:
            other.join(lesson["room"])
            terminal.until(f"2 here: {ada.name}")
            terminal.type("/who\r")
            terminal.until("-- 2 here")
        terminal.until(lambda: "1 here" in terminal.rows[0])


def test_long_lines_are_wrapped_and_again_after_a_resize(server, chatd, algebra, lesson, ada, ben):
    write(ada, lesson["room"], "word " * 40)
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected").until("word word").until(lambda: terminal.cursor == (14, 2))
        wrapped = [row for row in terminal.rows if "word" in row]
        assert len(wrapped) == 4 and all(row.startswith("      word") for row in wrapped[1:])
        terminal.resize(20, 120)
        terminal.until(lambda: len([row for row in terminal.rows if "word" in row]) == 2)
        terminal.until(lambda: terminal.rows[18].startswith(" connected") and terminal.cursor == (19, 2))


def test_scrolling_back_stays_where_it_is(server, chatd, algebra, lesson, ada, ben):
    write(ada, lesson["room"], *[f"number {n}." for n in range(1, 31)])
    with chat(server, chatd, ben, str(algebra.id), "--history", "20") as terminal:
        terminal.until("number 30.").type(PAGE_UP)
        terminal.until(lambda: "number 19." in terminal.rows[12])
        # What the screen did not have yet is fetched.
        terminal.type(PAGE_UP + PAGE_UP)
        terminal.until(lambda: "number 1." in terminal.rows[1] and "number 12." in terminal.rows[12])
        before = terminal.rows[1:13]
        write(ada, lesson["room"], "the newest")
        terminal.until("1 new below")
        assert terminal.rows[1:13] == before
        terminal.type(ESCAPE).until("the newest")
        assert "new \u2500" in terminal.rows[11]
        terminal.type("\r").until(lambda: "new \u2500" not in terminal.text)


@pytest.fixture
def week(server, cluster, algebra, lesson, ada):
    """Two messages of a Monday, one of the Tuesday, one of today."""
    write(ada, lesson["room"], "one", "two", "three", "four")
    with cluster.query() as cursor:
        for seq, at in (1, "2026-01-05 09:00Z"), (2, "2026-01-05 10:00Z"), (3, "2026-01-06 11:00Z"):
            cursor.execute("UPDATE mc.message SET at = %s WHERE room_id = %s AND seq = %s",
                (at, lesson["room"], seq))
    return lesson


@pytest.mark.parametrize("history", ["1", "50"])
def test_messages_stand_under_their_days(server, chatd, algebra, week, ben, history):
    with chat(server, chatd, ben, str(algebra.id), "--history", history, TZ="UTC") as terminal:
        terminal.until("four").until(lambda: terminal.cursor == (14, 2))
        if history == "1":
            assert "\u2500\u2500" not in terminal.text
            terminal.type(PAGE_UP)
        terminal.until("one").until(lambda: terminal.cursor == (14, 2))
        rows = [row for row in terminal.rows[1:13] if row]
        assert rows[0].startswith("\u2500\u2500 Mon 2026-01-05 \u2500") and len(rows[0]) == 60
        assert [row[:5] for row in rows[1:3]] == ["09:00", "10:00"]
        assert rows[3].startswith("\u2500\u2500 Tue 2026-01-06 ") and rows[4].startswith("11:00")
        assert rows[5].startswith("\u2500\u2500 ") and rows[6].endswith("four")


def test_days_are_notices_line_by_line(server, chatd, algebra, week, ben):
    with chat(server, chatd, ben, str(algebra.id), "--line", TZ="UTC") as terminal:
        terminal.until("four")
        rows = [row for row in terminal.rows if row][1:]
        assert rows[0] == "-- Mon 2026-01-05" and rows[3] == "-- Tue 2026-01-06"
        assert rows[5].startswith("-- ") and rows[6].endswith("four")


def test_the_unread_line_stands_where_one_looked_away(server, chatd, algebra, lesson, ada, ben):
    write(ada, lesson["room"], "seen")
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("seen").until("connected").type("\033[O")
        # The order of the keys is kept: what is typed behind it shows that it was taken.
        terminal.type("x").until("> x")
        write(ada, lesson["room"], "missed", "missed too")
        terminal.until("missed too")
        assert [row[:6] for row in terminal.rows[9:13]][1] == "\u2500\u2500 new"


def test_commands(server, chatd, algebra, lesson, ben):
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected").type("/nonsense\r")
        terminal.until("no such command; /help")
        terminal.type("/hlep\r")
        terminal.until("did you mean /help?")
        terminal.type("/with ben\r")
        # All of it fits 60 columns.
        terminal.until("--discussion TOPIC")
        terminal.type("/help\r")
        terminal.until("//TEXT")
        terminal.type("//slash\r")
        terminal.until(": /slash")
        terminal.type("/end\r")
        terminal.until(lambda: "teachers" in terminal.rows[13])
        terminal.type("/quit\r")
        assert terminal.end() == 0
        assert terminal.is_left and terminal.is_cooked


def test_tab_completes_commands_and_names(server, chatd, algebra, lesson, ada, ben):
    with chat(server, chatd, ada, str(algebra.id)) as terminal, Framed(chatd, ben.token) as other:
        terminal.until(f"1 here: {ada.name}")
        other.join(lesson["room"])
        terminal.until(f"and {ben.name}").type("/q\t")
        terminal.until(lambda: terminal.cursor == (14, 8)).type("\025/w\t")
        terminal.until("/who, /with").type("\025hi ben\t")
        terminal.until(f"> hi {ben.name}").type("\025BEN\tyes\r")
        terminal.until(f"{ada.name}: {ben.name}: yes")


def test_what_is_removed_loses_its_words_where_it_stands(server, chatd, algebra, lesson, ada, ben):
    write(ben, lesson["room"], "fine", "bad words", "fine again")
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected").until("bad words")
        ada.post(f"/rooms/{lesson['room']}/messages/2/remove", {})
        terminal.until(f"{ben.name}: (removed by a teacher)").until("fine again")
        assert "bad words" not in terminal.text
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until(f"{ben.name}: (removed by a teacher)")


def test_a_teacher_removes_all_of_one_person_once_it_was_asked_back(server, chatd, algebra, lesson, ada, ben):
    write(ben, lesson["room"], "spam", "more spam")
    write(ada, lesson["room"], "stop it")
    with chat(server, chatd, ada, str(algebra.id)) as terminal:
        terminal.until("connected").until("more spam")
        terminal.type("/remove 1 al\r").until("a number;").type("/remove 1 all\r").until("/remove 1 all yes: does it")
        assert f"All that {ben.name}" in terminal.text and "more spam" in terminal.text
        terminal.type("/remove 1 all yes\r").until("2 messages are removed, for everybody")
        terminal.until("stop it").until(lambda: "spam" not in terminal.text)
    assert [m["body"] for m in ben.get(f"/rooms/{lesson['room']}/messages")["messages"]] == ["", "", "stop it"]


def test_a_teacher_removes_by_number(server, chatd, algebra, lesson, ada, ben):
    write(ben, lesson["room"], "fine", "bad words", "a long " * 9 + "one")
    with chat(server, chatd, ada, str(algebra.id)) as terminal:
        terminal.until("connected").until("bad words").type("/remove x\r").until("a number;")
        terminal.type("/remove\r").until("there is no way back")
        assert f"2  {ben.name}: bad words" in terminal.text
        assert "\u2026" in terminal.text, "the long one is cut"
        terminal.type("/remove 9\r").until("there is no message 9 here")
        terminal.type("/remove 2\r").until("message 2 is removed, for everybody")
        terminal.until(f"{ben.name}: (removed by a teacher)")
        terminal.type("/remove 1\r").until("message 1 is").type("/remove 3\r").until("message 3 is")
        terminal.type("/remove\r").until("of the last 10 none is left")
    assert [m["body"] for m in ben.get(f"/rooms/{lesson['room']}/messages")["messages"]] == [""] * 3


def test_a_student_removes_nothing(server, chatd, algebra, lesson, ben):
    write(ben, lesson["room"], "mine")
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected").until("mine")
        for command in ("/remove", "/remove 1"):
            terminal.type(f"{command}\r").until(lambda: "teachers" in terminal.rows[13])
            terminal.type("\f").until(lambda: "teachers" not in terminal.rows[13])
    assert ben.get(f"/rooms/{lesson['room']}/messages")["messages"][0]["body"] == "mine"


def test_the_end_of_the_class_is_said(server, chatd, algebra, lesson, ada, ben):
    with chat(server, chatd, ada, str(algebra.id)) as teacher, \
            chat(server, chatd, ben, str(algebra.id)) as student:
        student.until("connected")
        # Who means to leave ends nothing for the others.
        teacher.until("connected").type("/end\r").until("/end yes: ends it; /quit: only you leave")
        assert ada.get(f"{algebra.path}/live").status == 200 and "ended" not in teacher.text
        teacher.type("/end yes\r")
        student.until("The live class has ended.")
        teacher.until("The live class has ended.")
        for terminal in student, teacher:
            terminal.until(lambda: terminal.rows[0] == " Fractions")
        # Who came last may have stood in the status line, which is drawn below what is said.
        student.type("/who\r").until("-- the live class has ended")
        student.until(lambda: student.rows[-2].endswith("/help, /quit"))
        assert "here" not in student.text
        student.type("too late\r")
        student.until("not sent")
        # It stands nowhere else any more.
        student.type(paste("a" + "\u00e9" * 600 + " is all of it") + "\r").until(lambda: "is all of it" in student.text
            and "..." not in student.text and "on the way" not in student.text)
        assert "\ufffd" not in student.text


def test_a_discussion_that_is_closed_is_said_to_be(server, chatd, algebra, ada, ben):
    discussion = discuss(algebra, "Homework")
    with chat(server, chatd, ben, str(algebra.id), "--discussion", "homework") as student:
        student.until("connected")
        ada.post(f"{algebra.path}/discussions/{discussion['id']}/close")
        student.until("The discussion is closed.")
        student.type("/who\r").until("-- the discussion is closed")
        student.type("too late\r").until("not sent")
        ada.post(f"{algebra.path}/discussions/{discussion['id']}/reopen")
        # Nothing else says that it is open again.
        student.type("in time\r").until(f"{ben.name}: in time")
        write(ada, discussion["room"], "and on")
        student.until(f"{ada.name}: and on")
        student.type("/who\r").until("-- 1 here")


def test_another_role_is_no_arrival(server, chatd, algebra, lesson, ada, ben, cleo):
    with chat(server, chatd, ada, str(algebra.id), "--line") as teacher:
        teacher.until(" here")
        with chat(server, chatd, ben, str(algebra.id)):
            teacher.until(f"{ben.name} is here")
            ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"})
            with chat(server, chatd, cleo, str(algebra.id)):
                teacher.until(f"{cleo.name} is here")
        assert teacher.text.count(f"{ben.name} is here") == 1


def test_a_private_thread_and_back(server, chatd, algebra, ada, ben):
    discussion = discuss(algebra, "Homework")
    write(ada, discussion["room"], "To all")
    with chat(server, chatd, ada, str(algebra.id), "-d", "home") as terminal:
        terminal.until("To all").type(f"/with {ben.name}\r")
        terminal.until(lambda: terminal.rows[0].startswith(" private:"))
        terminal.type("between us\r")
        terminal.until(f"{ada.name}: between us").until(lambda: terminal.cursor == (14, 2))
        assert "To all" not in terminal.text
        terminal.type("/with\r")
        terminal.until("To all").until(lambda: terminal.cursor == (14, 2))
        assert "between us" not in terminal.text
    room = open_thread(algebra, discussion, ben)
    bodies = [m["body"] for m in ben.get(f"/rooms/{room}/messages")["messages"]]
    assert bodies == ["between us"]


@pytest.mark.parametrize("mode", [(), ("--line",)])
def test_what_a_person_was_shown_is_read_when_they_leave(server, chatd, algebra, ada, ben, mode):
    discussion = discuss(algebra, "Homework")
    room = open_thread(algebra, discussion, ben)
    write(ada, discussion["room"], "To all", "Page 12")
    write(ada, room, "To you")

    def unread():
        return ben.get(algebra.path + "/unread")["unread"]

    with chat(server, chatd, ben, str(algebra.id), "-d", "home", *mode) as terminal:
        terminal.until("Page 12")
        assert unread() == {"discussions": 1, "threads": 1}
        terminal.type("/with\r").until("To you")
        assert unread() == {"discussions": 0, "threads": 1}
        assert terminal.type("/quit\r").end() == 0
    assert unread() == {"discussions": 0, "threads": 0}


@pytest.mark.parametrize("mode", [(), ("--line",)])
def test_who_leaves_does_not_wait_for_a_server_that_hangs(server, chatd, algebra, ada, ben, mode):
    write(ada, discuss(algebra, "Homework")["room"], "To all")
    with chat(server, chatd, ben, str(algebra.id), "-d", "home", "--timeout", "86400", *mode) as terminal:
        terminal.until("To all")
        with server.held():
            assert terminal.type("/quit\r").end() == 0


def test_what_nobody_looked_at_is_not_read(server, chatd, algebra, ada, ben):
    discussion = discuss(algebra, "Homework")
    write(ada, discussion["room"], "Seen")
    with chat(server, chatd, ben, str(algebra.id), "-d", "home") as terminal:
        # The window has no focus any more, and that has been read.
        terminal.until("Seen").type("\033[Oaway").until("away")
        write(ada, discussion["room"], "Not seen")
        terminal.until("Not seen").type("\025/quit\r")
        assert terminal.end() == 0
    assert ben.get(algebra.path + "/discussions")["discussions"][0]["unread"] == 1


def test_what_is_on_the_way_is_sent_once_when_chat_is_back(server, start_chatd, algebra, lesson,
        ada, ben):
    chatd = start_chatd()
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected").type("before\r")
        terminal.until(f"{ben.name}: before")
        chatd.kill()
        terminal.until("not connected")
        terminal.type("meanwhile\r")
        terminal.until("... meanwhile").until("1 on the way")
        write(ada, lesson["room"], "from elsewhere")
        chatd.start()
        terminal.until(f"{ben.name}: meanwhile").until("from elsewhere")
        terminal.until(lambda: "on the way" not in terminal.text)
        # What was missed stands below the unread line.
        rows = [i for i, row in enumerate(terminal.rows) if "\u2500 new" in row]
        assert rows and "from elsewhere" in terminal.rows[rows[0] + 1]
    bodies = [m["body"] for m in ben.get(f"/rooms/{lesson['room']}/messages")["messages"]]
    assert bodies == ["before", "from elsewhere", "meanwhile"]


@pytest.mark.parametrize("mode", [(), ("--line",)])
@pytest.mark.parametrize("leave", ["/quit\r", "\004"])
def test_what_was_typed_last_is_stored_before_it_leaves(server, chatd, algebra, lesson, ben, mode,
        leave):
    with chat(server, chatd, ben, str(algebra.id), *mode) as terminal:
        terminal.until("1 here").type("good bye\r" + leave)
        assert terminal.end() == 0
    bodies = [m["body"] for m in ben.get(f"/rooms/{lesson['room']}/messages")["messages"]]
    assert bodies == ["good bye"]


@pytest.mark.parametrize("mode", [(), ("--line",)])
def test_who_leaves_is_told_what_may_not_be_stored(server, start_chatd, algebra, lesson, ben, mode):
    chatd = start_chatd()
    with chat(server, chatd, ben, str(algebra.id), *mode) as terminal:
        terminal.until("1 here")
        chatd.kill()
        terminal.until("not connected").type("lost\r/quit\r")
        assert terminal.end() == 6
        assert terminal.is_cooked and b"1 message was on the way" in terminal.raw


def test_what_one_wrote_oneself_is_not_unread(server, start_chatd, algebra, lesson, ben):
    chatd = start_chatd()
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected").type("before\r")
        terminal.until(f"{ben.name}: before")
        chatd.kill()
        terminal.until("not connected")
        # Stored for certain before the connection is back.
        write(ben, lesson["room"], "from my telephone")
        chatd.start()
        terminal.until("from my telephone").until(lambda: terminal.cursor == (14, 2))
        assert "\u2500 new" not in terminal.text


def test_the_screen_is_drawn_anew(server, chatd, algebra, lesson, ada, ben):
    write(ada, lesson["room"], "Good morning")
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("Good morning").until("connected \u00b7 /help, /quit")
        before = terminal.rows
        terminal.stream.feed(b"\033[2Jgarbage of another program\033[15;3H")
        terminal.type("\014")
        terminal.until(lambda: terminal.rows == before)


@pytest.mark.parametrize("keys,status", [("\003", 130), ("\004", 0)])
def test_keys_that_leave(server, chatd, algebra, lesson, ben, keys, status):
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected").type(keys)
        assert terminal.end() == status
        assert terminal.is_left and terminal.is_cooked


@pytest.mark.parametrize("number,status", [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM),
    (signal.SIGHUP, -signal.SIGHUP), (signal.SIGSEGV, -signal.SIGSEGV),
    (signal.SIGABRT, -signal.SIGABRT)])
def test_the_terminal_is_restored_after_signals(server, chatd, algebra, lesson, ben, number, status):
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected")
        os.kill(terminal.process.pid, number)
        assert terminal.end() == status
        assert terminal.is_left and terminal.is_cooked


def test_it_stops_and_comes_back(server, chatd, algebra, lesson, ada, ben):
    # A shell without an editor of its own: what is switched on is ours.
    with Terminal("/bin/dash", "-i", PS1="shell: ",
            MC_SERVER=f"http://{server.address}", MC_TOKEN=ben.token) as terminal:
        terminal.until("shell:").type(
            f"{program('mc-chat')} {algebra.id} --chat {chatd.address}\r")
        terminal.until("connected").type("half a line\032")
        terminal.until(lambda: "Stopped" in terminal.text and terminal.is_left)
        write(ada, lesson["room"], "meanwhile")
        terminal.type("fg\r")
        terminal.until("meanwhile").until("> half a line")
        terminal.type("\025/quit\r")
        terminal.until(lambda: terminal.is_left and terminal.is_cooked)


def test_a_terminal_too_small_has_lines(server, chatd, algebra, lesson, ada, ben):
    write(ada, lesson["room"], "Good morning")
    with chat(server, chatd, ben, str(algebra.id), rows=10) as terminal:
        terminal.until("Good morning")
        assert b"\033[?1049h" not in terminal.raw
        terminal.type("Hello\r")
        terminal.until(f"{ben.name}: Hello").type("/quit\r")
        assert terminal.end() == 0


class ToldChat(threading.Thread):
    """A daemon that says what it is told, and hears nothing."""

    def __init__(self, *events):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.events = queue.SimpleQueue()
        for event in events:
            self.events.put(event)
        self.start()

    def run(self):
        connection, _ = self.listener.accept()
        while True:
            data = json.dumps(self.events.get()).encode()
            connection.sendall(b"%d\r\n%s\r\n" % (len(data), data))


WELCOME = {"type": "welcome", "user": {"id": 2, "name": "Ben"}}


def test_who_is_not_in_the_room_yet_is_not_told_that_nobody_is(server, algebra, lesson, ben):
    chatd = ToldChat(WELCOME)
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connecting").type("/who\r").until("-- not in the room yet")
        assert terminal.rows[0] == " Fractions"
        chatd.events.put({"type": "joined", "room": lesson["room"], "last_seq": 0, "members": [], "count": 1})
        terminal.until("connected").type("/who\r").until("-- 1 here")


def test_control_characters_never_reach_the_terminal(server, algebra, lesson, ben):
    evil = "a\033]0;title\007b\033[31mc\x9b2Jd\re\x7ff\u202eg the end"
    person = {"id": 1, "name": "Eve\033[5m", "role": "instructor"}
    chatd = ToldChat(WELCOME,
        {"type": "joined", "room": lesson["room"], "last_seq": 1, "members": [person]},
        {"type": "message", "room": lesson["room"], "seq": 1, "from": person, "body": evil, "at": "2026-11-23T09:00:00Z"})
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("the end")
        terminal.type("\004")
        assert terminal.end() == 0
        for bad in (b"\033]0", b"\007", b"\033[31mc", b"\xc2\x9b", b"\033[5m", b"\x7f",
                "\u202e".encode()):
            assert bad not in terminal.raw, bad


def test_nothing_is_said_on_stderr_when_all_is_well(server, chatd, algebra, lesson, ben):
    with chat(server, chatd, ben, str(algebra.id)) as terminal:
        terminal.until("connected").type("\004")
        assert terminal.end() == 0
        assert b"mc-chat:" not in terminal.raw


def test_being_logged_out_ends_it_with_a_word(server, chatd, algebra, lesson, ben):
    other = log_in(server, ben)
    with chat(server, chatd, other, str(algebra.id)) as terminal:
        terminal.until("connected")
        assert other.post("/logout").status == 204
        assert terminal.end() == 4
        assert terminal.is_left and b"mc-chat: " in terminal.raw


def test_the_room_of_a_class_that_ended_can_be_read(server, chatd, algebra, lesson, ada, ben):
    write(ada, lesson["room"], "Good morning")
    end_live(algebra)
    with chat(server, chatd, ben, "--room", str(lesson["room"])) as terminal:
        terminal.until("Good morning").until("The live class has ended.")
        terminal.until(lambda: terminal.rows[0] == " Fractions")
