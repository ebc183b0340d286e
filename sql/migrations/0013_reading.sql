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

-- Whoever is there already would else find all that was ever written marked as new.
INSERT INTO mc.reading (class_id, account_id, room_id, seq)
SELECT r.class_id, m.account_id, r.id, r.last_seq
FROM mc.room r
JOIN mc.membership m ON m.class_id = r.class_id AND m.ended_at IS NULL
	AND (r.kind = 'discussion' OR m.role = 'instructor' OR m.account_id = r.student_id)
WHERE r.kind <> 'live' AND r.last_seq > 0;
