-- How far each person has read a discussion or a private thread: what is behind it is new to them.
-- Theirs alone, nobody else is told.  A live class has no marks: who missed it is in the attendance.
CREATE TABLE mc.reading (
	class_id bigint NOT NULL,
	account_id bigint NOT NULL REFERENCES mc.account,
	room_id bigint NOT NULL,
	seq bigint NOT NULL CHECK (seq > 0),
	PRIMARY KEY (class_id, account_id, room_id),
	CONSTRAINT reading_room FOREIGN KEY (class_id, room_id) REFERENCES mc.room (class_id, id)
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE (seq) ON mc.reading TO mc_server;

-- To who comes into a class what was written before is not new; nor is it in private threads to who
-- begins to teach.  Who comes back has missed what was written meanwhile.
CREATE FUNCTION mc.reading_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	newcomer boolean := NOT EXISTS (SELECT FROM mc.membership m WHERE m.class_id = NEW.class_id
		AND m.account_id = NEW.account_id AND m.role <> NEW.role);
BEGIN
	INSERT INTO mc.reading (class_id, account_id, room_id, seq)
	SELECT r.class_id, NEW.account_id, r.id, r.last_seq
	FROM mc.room r
	WHERE r.class_id = NEW.class_id AND r.last_seq > 0
		AND (r.kind = 'discussion' AND newcomer OR r.kind = 'thread' AND NEW.role = 'instructor')
	ORDER BY r.id
	ON CONFLICT DO NOTHING;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.reading_begins() FROM PUBLIC;

CREATE TRIGGER membership_reads AFTER INSERT ON mc.membership
	FOR EACH ROW EXECUTE FUNCTION mc.reading_begins();

-- And to who is there already.
INSERT INTO mc.reading (class_id, account_id, room_id, seq)
SELECT r.class_id, m.account_id, r.id, r.last_seq
FROM mc.room r
JOIN mc.membership m ON m.class_id = r.class_id AND m.ended_at IS NULL
	AND (r.kind = 'discussion' OR m.role = 'instructor' OR m.account_id = r.student_id)
WHERE r.kind <> 'live' AND r.last_seq > 0;
