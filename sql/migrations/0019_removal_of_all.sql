-- One message, or with it all that its sender has written in the room so far: who floods a class is
-- not undone one by one.  "removed" and how many were (0: all had been), "absent" or "student"; it
-- locks the room, as the functions that append do, and tells of it once for all of them.
CREATE FUNCTION mc.message_remove(
	room bigint, seq bigint, by bigint, of_sender boolean, OUT said text, OUT n bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	class bigint;
	last bigint;
	author bigint;
BEGIN
	n := 0;
	SELECT r.class_id, r.n_removed INTO class, last FROM mc.room r WHERE r.id = room
		FOR NO KEY UPDATE;
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
		SELECT class, room, t.one, last + row_number() OVER (ORDER BY t.one), by
		FROM (
			SELECT seq AS one
			UNION
			SELECT m.seq FROM mc.message m
			WHERE of_sender AND m.class_id = class AND m.room_id = room AND m.sender_id = author) t
		WHERE NOT EXISTS (SELECT FROM mc.message_removal x
			WHERE x.class_id = class AND x.room_id = room AND x.seq = t.one);
	GET DIAGNOSTICS n = ROW_COUNT;
	IF n > 0 THEN
		UPDATE mc.room r SET n_removed = last + n WHERE r.class_id = class AND r.id = room;
		PERFORM pg_notify('mc_access', 'room:' || room);
	END IF;
	said := 'removed';
END
$$;
REVOKE ALL ON FUNCTION mc.message_remove(bigint, bigint, bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mc.message_remove(bigint, bigint, bigint, boolean) TO mc_server;

-- Servers of before, while they are replaced one by one.
CREATE OR REPLACE FUNCTION mc.message_remove(room bigint, seq bigint, by bigint) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT said FROM mc.message_remove(room, seq, by, false)
$$;
