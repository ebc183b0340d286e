-- As before, what the sender of one message has written, but only among `most` numbers from `first`
-- on: a message by itself, or a stretch of a room.  Whoever takes back a flood of hundreds of thousands goes
-- through the room in stretches, so that others who write there, and with them all whose messages
-- are stored in one go with theirs, wait for a moment and not for all of it.
--
-- "removed" and how many were (0: all had been), "absent" or "student"; last_seq: the room's.
CREATE FUNCTION mc.message_remove(
	room bigint, seq bigint, by bigint, first bigint, most bigint,
	OUT said text, OUT n bigint, OUT last_seq bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	class bigint;
	n_before bigint;
	author bigint;
BEGIN
	n := 0;
	SELECT r.class_id, r.n_removed, r.last_seq INTO class, n_before, last_seq
		FROM mc.room r WHERE r.id = room FOR NO KEY UPDATE;
	SELECT m.sender_id INTO author FROM mc.message m
		WHERE m.class_id = class AND m.room_id = room AND m.seq = seq;
	IF NOT FOUND THEN
		said := 'absent';
		RETURN;
	END IF;
	IF NOT EXISTS (SELECT FROM mc.membership m WHERE m.class_id = class AND m.account_id = by
			AND m.role = 'instructor' AND m.ended_at IS NULL) THEN
		said := 'student';
		RETURN;
	END IF;
	INSERT INTO mc.message_removal (class_id, room_id, seq, number, removed_by)
		SELECT class, room, m.seq, n_before + row_number() OVER (ORDER BY m.seq), by
		-- What is asked for in an order leaves one index to a plan that is made while the tables are
		-- empty: with another one, or a join, each message would meet all that are removed.
		FROM (
			SELECT s.seq, s.sender_id FROM mc.message s
			WHERE s.class_id = class AND s.room_id = room AND s.seq >= first
			ORDER BY s.seq LIMIT most) m
		WHERE m.sender_id = author AND m.seq IS DISTINCT FROM (
			SELECT x.seq FROM mc.message_removal x
			WHERE x.class_id = class AND x.room_id = room AND x.seq >= m.seq
			ORDER BY x.seq LIMIT 1);
	GET DIAGNOSTICS n = ROW_COUNT;
	IF n > 0 THEN
		UPDATE mc.room r SET n_removed = n_before + n WHERE r.class_id = class AND r.id = room;
		PERFORM pg_notify('mc_access', 'room:' || room);
	END IF;
	said := 'removed';
END
$$;
REVOKE ALL ON FUNCTION mc.message_remove(bigint, bigint, bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mc.message_remove(bigint, bigint, bigint, bigint, bigint) TO mc_server;

-- Servers of before, while they are replaced one by one.
CREATE OR REPLACE FUNCTION mc.message_remove(
	room bigint, seq bigint, by bigint, of_sender boolean, OUT said text, OUT n bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.said, r.n
	FROM mc.message_remove(room, seq, by, CASE WHEN of_sender THEN 1 ELSE seq END,
		CASE WHEN of_sender THEN 9223372036854775807 ELSE 1 END) r
$$;
