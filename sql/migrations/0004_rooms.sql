-- Rooms, what is written in them, discussions and their private threads.

CREATE TYPE mc.room_kind AS ENUM ('live', 'discussion', 'thread');

-- One ordered stream of messages.  last_seq changes with every batch of them, so it is in no index
-- and half of each page is left for the row's next versions.
CREATE TABLE mc.room (
	class_id bigint NOT NULL REFERENCES mc.classroom,
	id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	kind mc.room_kind NOT NULL,
	last_seq bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
	created_at timestamptz NOT NULL DEFAULT now(),
	ended_at timestamptz,
	-- A thread joins one student with the class's instructors; nobody else reads it.
	discussion_id bigint,
	student_id bigint,
	student_role mc.member_role NOT NULL DEFAULT 'student'
		CONSTRAINT room_student_is_student CHECK (student_role = 'student'),
	PRIMARY KEY (class_id, id),
	-- What belongs to a room of one kind refers to it by this.
	UNIQUE (class_id, id, kind),
	CONSTRAINT room_one_thread UNIQUE (class_id, discussion_id, student_id),
	CONSTRAINT room_thread_has_student CHECK ((kind = 'thread') = (student_id IS NOT NULL)),
	CONSTRAINT room_thread_has_discussion CHECK ((kind = 'thread') = (discussion_id IS NOT NULL)),
	CONSTRAINT room_student FOREIGN KEY (class_id, student_id, student_role)
		REFERENCES mc.membership (class_id, account_id, role)
) WITH (fillfactor = 50);

CREATE TABLE mc.discussion (
	class_id bigint NOT NULL,
	id bigint GENERATED ALWAYS AS IDENTITY,
	topic text NOT NULL
		CONSTRAINT discussion_topic_length CHECK (char_length(topic) BETWEEN 1 AND 200),
	created_by bigint NOT NULL,
	creator_role mc.member_role NOT NULL DEFAULT 'instructor'
		CONSTRAINT discussion_creator_is_instructor CHECK (creator_role = 'instructor'),
	client_id text
		CONSTRAINT discussion_client_id_length CHECK (octet_length(client_id) BETWEEN 1 AND 64),
	created_at timestamptz NOT NULL DEFAULT now(),
	room_id bigint NOT NULL,
	room_kind mc.room_kind NOT NULL DEFAULT 'discussion'
		CONSTRAINT discussion_room_kind CHECK (room_kind = 'discussion'),
	PRIMARY KEY (class_id, id),
	CONSTRAINT discussion_one_room UNIQUE (class_id, room_id),
	CONSTRAINT discussion_creator FOREIGN KEY (class_id, created_by, creator_role)
		REFERENCES mc.membership (class_id, account_id, role),
	CONSTRAINT discussion_room FOREIGN KEY (class_id, room_id, room_kind)
		REFERENCES mc.room (class_id, id, kind)
);
CREATE UNIQUE INDEX discussion_client_id ON mc.discussion (class_id, created_by, client_id)
	WHERE client_id IS NOT NULL;

ALTER TABLE mc.room ADD CONSTRAINT room_discussion
	FOREIGN KEY (class_id, discussion_id) REFERENCES mc.discussion (class_id, id);

CREATE TABLE mc.message (
	class_id bigint NOT NULL,
	room_id bigint NOT NULL,
	seq bigint NOT NULL CHECK (seq > 0),
	sender_id bigint NOT NULL,
	sender_role mc.member_role NOT NULL,
	client_id text COLLATE "C" NOT NULL
		CONSTRAINT message_client_id_length CHECK (octet_length(client_id) BETWEEN 1 AND 64),
	body text NOT NULL
		CONSTRAINT message_body_length CHECK (octet_length(body) BETWEEN 1 AND 4096),
	at timestamptz NOT NULL,
	PRIMARY KEY (class_id, room_id, seq),
	-- In this order it is never mistaken for the primary key by a planner without statistics.
	CONSTRAINT message_client_id UNIQUE (class_id, sender_id, client_id, room_id),
	-- The room needs no foreign key, which would cost a fifth of an append: mc.message_append, the
	-- only way in, takes class_id and room_id from a row of mc.room that it has locked.
	CONSTRAINT message_sender FOREIGN KEY (class_id, sender_id, sender_role)
		REFERENCES mc.membership (class_id, account_id, role)
-- The longest body fits in a page: beside its row it is read faster than from another table.
) WITH (toast_tuple_target = 8160);

-- Stores what may be stored of a batch, in the order given, and says of each row what became of it:
-- "stored" (repeated: it was there), "absent" (no such room, or not the sender's), "ended".
--
-- The servers cannot write messages or last_seq in any other way, so it runs as its owner.  It must
-- run at READ COMMITTED: the second statement has to see what others did before the first had
-- locked the rooms.  Rooms are locked in the order of their ids, so batches never wait in a circle.
CREATE FUNCTION mc.message_append(rooms bigint[], senders bigint[], client_ids text[], bodies text[])
RETURNS TABLE (status text, repeated boolean, seq bigint, at timestamptz, role mc.member_role)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
-- A plan that is made while the tables are empty is kept: these, and the barriers LIMIT and OFFSET,
-- leave only the one that stays right when they have grown.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off AS $$
#variable_conflict use_column
DECLARE
	moment timestamptz;
BEGIN
	PERFORM FROM mc.room r WHERE r.id = ANY (rooms) ORDER BY r.id FOR NO KEY UPDATE;
	moment := pg_catalog.clock_timestamp();

	RETURN QUERY
	WITH judged AS (
		SELECT g.n, g.room_id, g.sender_id, g.client_id, g.body,
			r.class_id, r.last_seq, m.role, old.seq AS old_seq, old.at AS old_at,
			old.sender_role AS old_role,
			CASE
			WHEN m.role IS NULL THEN 'absent'
			WHEN old.seq IS NOT NULL THEN 'stored'
			WHEN r.ended_at IS NOT NULL THEN 'ended'
			ELSE 'stored'
			END AS status,
			pg_catalog.row_number() OVER same AS turn
		FROM unnest(rooms, senders, client_ids, bodies)
			WITH ORDINALITY AS g (room_id, sender_id, client_id, body, n)
		LEFT JOIN mc.room r ON r.id = g.room_id
		LEFT JOIN LATERAL (
			SELECT m.role FROM mc.membership m
			JOIN mc.account a ON a.id = m.account_id AND a.disabled_at IS NULL
			WHERE m.class_id = r.class_id AND m.account_id = g.sender_id AND m.ended_at IS NULL
				AND (r.kind <> 'thread' OR m.role = 'instructor' OR r.student_id = g.sender_id)
			LIMIT 1) m ON true
		LEFT JOIN LATERAL (
			SELECT o.room_id, o.seq, o.at, o.sender_role FROM mc.message o
			WHERE o.class_id = r.class_id AND o.sender_id = g.sender_id
				AND o.client_id = g.client_id
			OFFSET 0) old ON old.room_id = r.id
		WINDOW same AS (
			PARTITION BY g.room_id, g.sender_id, g.client_id COLLATE "C" ORDER BY g.n)
	), numbered AS (
		SELECT j.*, j.status = 'stored' AND j.old_seq IS NULL AND j.turn = 1 AS fresh,
			j.last_seq + pg_catalog.count(*) FILTER (
				WHERE j.status = 'stored' AND j.old_seq IS NULL AND j.turn = 1)
				OVER (PARTITION BY j.room_id ORDER BY j.n) AS new_seq
		FROM judged j
	), written AS (
		INSERT INTO mc.message
			(class_id, room_id, seq, sender_id, sender_role, client_id, body, at)
		SELECT w.class_id, w.room_id, w.new_seq, w.sender_id, w.role, w.client_id, w.body, moment
		FROM numbered w
		WHERE w.fresh
	), moved AS (
		UPDATE mc.room r SET last_seq = w.last_seq
		FROM (
			SELECT f.class_id, f.room_id, pg_catalog.max(f.new_seq) AS last_seq
			FROM numbered f
			WHERE f.fresh
			GROUP BY f.class_id, f.room_id) w
		WHERE r.class_id = w.class_id AND r.id = w.room_id
		RETURNING r.id, r.last_seq
	), payload AS (
		-- A notice holds 7,999 bytes; two numbers of 19 digits and what is between are 40.
		SELECT pg_catalog.string_agg(p.id || ':' || p.last_seq, ' ' ORDER BY p.id) AS rooms
		FROM (
			SELECT v.id, v.last_seq, (pg_catalog.row_number() OVER (ORDER BY v.id) - 1) / 190 AS part
			FROM moved v) p
		GROUP BY p.part
	), told AS MATERIALIZED (
		SELECT pg_catalog.count(pg_catalog.pg_notify('mc_room', t.rooms)) AS notices
		FROM payload t
	)
	SELECT d.status, d.status = 'stored' AND NOT d.fresh,
		CASE WHEN d.status = 'stored' THEN
			coalesce(d.old_seq, pg_catalog.first_value(d.new_seq) OVER same)
		END,
		CASE WHEN d.status = 'stored' THEN coalesce(d.old_at, moment) END,
		CASE WHEN d.status = 'stored' THEN coalesce(d.old_role, d.role) END
	FROM told t CROSS JOIN numbered d
	WHERE t.notices >= 0
	WINDOW same AS (PARTITION BY d.room_id, d.sender_id, d.client_id COLLATE "C" ORDER BY d.n)
	ORDER BY d.n;
END
$$;
REVOKE ALL ON FUNCTION mc.message_append(bigint[], bigint[], text[], text[]) FROM PUBLIC;

GRANT SELECT, INSERT (class_id, kind, discussion_id, student_id) ON mc.room TO mc_server;
GRANT SELECT, INSERT (class_id, topic, created_by, client_id, room_id)
	ON mc.discussion TO mc_server;
GRANT SELECT ON mc.message TO mc_server;
GRANT EXECUTE ON FUNCTION mc.message_append(bigint[], bigint[], text[], text[]) TO mc_server;
