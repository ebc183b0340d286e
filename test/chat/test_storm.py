"""Nothing acked is lost, nothing is doubled, nothing is missing, whatever is killed."""

import asyncio
import concurrent.futures
import os
import random

from support import process
from support.chat import discuss, open_thread, start_live
from support.school import create_class, sign_up
from support.storm import Storm

# A sanitizer makes everything several times as slow.
CLIENTS, MESSAGES = (40, 3000) if process.SANITIZED else (200, 20000)


def _school(server, clients):
    """A teacher, students, and who is in which room: live, discussions, private threads."""
    teacher = sign_up(server, "Storm")
    classroom = create_class(teacher)

    def enrol(_):
        person = sign_up(server, "Drop")
        classroom.join(person)
        return person

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        students = list(threads.map(enrol, range(clients - 1)))
    rooms = [start_live(classroom)["room"]]
    discussions = [discuss(classroom) for _ in range(8)]
    rooms += [discussion["room"] for discussion in discussions]
    threads = {student: open_thread(classroom, discussions[0], student) for student in students[:3]}
    return teacher, students, rooms, threads


def _stored(cluster):
    """Every room's messages in order, and the seq of each client_id."""
    messages, numbers = {}, {}
    with cluster.query() as cursor:
        cursor.execute("SELECT room_id, seq, sender_id, client_id, body FROM mc.message"
            " ORDER BY room_id, seq")
        for room, seq, sender, client_id, body in cursor.fetchall():
            messages.setdefault(room, []).append((sender, body))
            assert seq == len(messages[room]), "no gap in the table"
            numbers[room, client_id] = seq
    return messages, numbers


def test_a_storm_with_everything_killed_loses_nothing(new_cluster, start_server, start_chatd):
    seed = int(os.environ.get("MC_SEED", random.randrange(1 << 30)))
    print(f"MC_SEED={seed}")
    choose = random.Random(seed)
    cluster = new_cluster()
    server = start_server(cluster.url(), log_level="info")
    daemons = [start_chatd(cluster.url(), log_level="info") for _ in range(2)]
    teacher, students, rooms, threads = _school(server, CLIENTS)

    storm = Storm([("127.0.0.1", daemon.port) for daemon in daemons], seed, MESSAGES)
    storm.add(teacher, [rooms[0], *threads.values()])
    for student in students:
        whispers = [threads[student]] if student in threads else []
        storm.add(student, [*choose.sample(rooms, 3), *whispers])

    async def play():
        in_thread = asyncio.get_running_loop().run_in_executor
        await storm.reached(0.25)
        daemons[0].kill()
        await storm.reached(0.3)
        await in_thread(None, daemons[0].start)
        await storm.reached(0.5)
        await in_thread(None, cluster.kill)
        await in_thread(None, cluster.start)
        await storm.reached(0.75)
        daemons[1].kill()
        await storm.reached(0.8)
        await in_thread(None, daemons[1].start)
        await storm.stored()
        messages, _ = _stored(cluster)
        return {room: len(messages.get(room, [])) for room in [*rooms, *threads.values()]}

    asyncio.run(storm.run(play, int(os.environ.get("MC_STORM_SECONDS", "900"))))
    assert not storm.faults, storm.faults[:5]
    messages, numbers = _stored(cluster)
    assert len(numbers) == storm.sent == MESSAGES, "each one once, and none that nobody sent"
    assert numbers == storm.acked, "what was acked is in the table, under that number"
    for client in storm.clients:
        for room, seen in client.seen.items():
            assert seen == messages.get(room, []), (client.number, room)
    assert storm.counts["hung up"] > 0 and storm.counts["lost"] > 0, storm.counts
