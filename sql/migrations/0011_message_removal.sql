-- Which messages an instructor has removed: nobody is shown what they said any more.  The message
-- itself stays as it was written, for the school to look at should it have to; so its number stays,
-- too, and no room has a gap.
--
-- Removals are numbered in each room as messages are, in the order in which they were committed: who
-- knows of the first n is told of those behind.
ALTER TABLE mc.room ADD COLUMN n_removed bigint NOT NULL DEFAULT 0 CHECK (n_removed >= 0);

CREATE TABLE mc.message_removal (
	class_id bigint NOT NULL,
	room_id bigint NOT NULL,
	seq bigint NOT NULL,
	number bigint NOT NULL CHECK (number > 0),
	removed_by bigint NOT NULL,
	remover_role mc.member_role NOT NULL DEFAULT 'instructor'
		CONSTRAINT message_removal_by_instructor CHECK (remover_role = 'instructor'),
	removed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (class_id, room_id, seq),
	CONSTRAINT message_removal_number UNIQUE (class_id, room_id, number),
	CONSTRAINT message_removal_message FOREIGN KEY (class_id, room_id, seq)
		REFERENCES mc.message (class_id, room_id, seq),
	CONSTRAINT message_removal_remover FOREIGN KEY (class_id, removed_by, remover_role)
		REFERENCES mc.membership (class_id, account_id, role)
);

-- "removed" (also when it was), "absent" (no such message), or "student" (not an instructor of the
-- class now).  The only way for the servers, as it is with messages; it locks the room as they do.
-- Whoever has the room open looks at it again, as at its end.
CREATE FUNCTION mc.message_remove(room bigint, seq bigint, by bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	class bigint;
	last bigint;
BEGIN
	SELECT r.class_id, r.n_removed INTO class, last FROM mc.room r WHERE r.id = room
		FOR NO KEY UPDATE;
	IF NOT EXISTS (SELECT FROM mc.message m
			WHERE m.class_id = class AND m.room_id = room AND m.seq = seq) THEN
		RETURN 'absent';
	END IF;
	IF NOT EXISTS (SELECT FROM mc.membership m WHERE m.class_id = class AND m.account_id = by
			AND m.role = 'instructor' AND m.ended_at IS NULL) THEN
		RETURN 'student';
	END IF;
	INSERT INTO mc.message_removal (class_id, room_id, seq, number, removed_by)
		VALUES (class, room, seq, last + 1, by)
		ON CONFLICT ON CONSTRAINT message_removal_pkey DO NOTHING;
	IF FOUND THEN
		UPDATE mc.room r SET n_removed = last + 1 WHERE r.class_id = class AND r.id = room;
		PERFORM pg_notify('mc_access', 'room:' || room);
	END IF;
	RETURN 'removed';
END
$$;
REVOKE ALL ON FUNCTION mc.message_remove FROM PUBLIC;

GRANT SELECT ON mc.message_removal TO mc_server;
GRANT EXECUTE ON FUNCTION mc.message_remove TO mc_server;
