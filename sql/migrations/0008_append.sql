-- A message's foreign key to its sender's membership is as dear as all else that a large batch costs:
-- a look-up, a lock on the membership's row and its way to the disk, for each message.
-- The functions below, the only way in, read that row themselves; what is left to watch over is the
-- other end.
ALTER TABLE mc.message DROP CONSTRAINT message_sender;

CREATE FUNCTION mc.membership_has_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM mc.message m WHERE m.class_id = OLD.class_id
		AND m.sender_id = OLD.account_id AND m.sender_role = OLD.role) THEN
		RAISE EXCEPTION 'messages were written in this membership'
			USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'message_sender';
	END IF;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.membership_has_written() FROM PUBLIC;

CREATE TRIGGER membership_has_written_gone AFTER DELETE ON mc.membership
	FOR EACH ROW EXECUTE FUNCTION mc.membership_has_written();
CREATE TRIGGER membership_has_written_moved AFTER UPDATE OF class_id, account_id, role ON mc.membership
	FOR EACH ROW WHEN ((OLD.class_id, OLD.account_id, OLD.role)
		IS DISTINCT FROM (NEW.class_id, NEW.account_id, NEW.role))
	EXECUTE FUNCTION mc.membership_has_written();

-- The role in which somebody may write in a room just now; no row: may not.  The one place that says
-- so, and put into the statements that ask it: LIMIT keeps its plan together.
CREATE FUNCTION mc.writer(class bigint, room mc.room_kind, student bigint, sender bigint)
RETURNS TABLE (role mc.member_role)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT m.role
	FROM mc.membership m
	JOIN mc.account a ON a.id = m.account_id AND a.disabled_at IS NULL
	WHERE m.class_id = class AND m.account_id = sender AND m.ended_at IS NULL
		AND (room <> 'thread' OR m.role = 'instructor' OR student = sender)
	LIMIT 1;
END;
REVOKE ALL ON FUNCTION mc.writer FROM PUBLIC;

-- As in 0004_rooms, which says why it locks as it does and plans as it does, with fewer steps: each
-- row is judged and numbered once, and rows that repeat an earlier one of the batch, which are rare,
-- look for that one at the end.
CREATE OR REPLACE FUNCTION mc.message_append(
	rooms bigint[], senders bigint[], client_ids text[], bodies text[])
RETURNS TABLE (status text, repeated boolean, seq bigint, at timestamptz, role mc.member_role)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off AS $$
#variable_conflict use_column
DECLARE
	moment timestamptz;
BEGIN
	PERFORM FROM mc.room r WHERE r.id = ANY (rooms) ORDER BY r.id FOR NO KEY UPDATE;
	moment := clock_timestamp();

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
			row_number() OVER (PARTITION BY g.room_id, g.sender_id, g.client_id COLLATE "C"
				ORDER BY g.n) AS turn
		FROM unnest(rooms, senders, client_ids, bodies)
			WITH ORDINALITY AS g (room_id, sender_id, client_id, body, n)
		LEFT JOIN mc.room r ON r.id = g.room_id
		LEFT JOIN LATERAL mc.writer(r.class_id, r.kind, r.student_id, g.sender_id) m ON true
		LEFT JOIN LATERAL (
			SELECT o.room_id, o.seq, o.at, o.sender_role FROM mc.message o
			WHERE o.class_id = r.class_id AND o.sender_id = g.sender_id
				AND o.client_id = g.client_id
			OFFSET 0) old ON old.room_id = r.id
	), numbered AS MATERIALIZED (
		SELECT j.*, j.status = 'stored' AND j.old_seq IS NULL AND j.turn = 1 AS fresh,
			j.last_seq + count(*) FILTER (
				WHERE j.status = 'stored' AND j.old_seq IS NULL AND j.turn = 1)
				OVER (PARTITION BY j.room_id ORDER BY j.n ROWS UNBOUNDED PRECEDING) AS new_seq
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
			SELECT f.class_id, f.room_id, max(f.new_seq) AS last_seq
			FROM numbered f
			WHERE f.fresh
			GROUP BY f.class_id, f.room_id) w
		WHERE r.class_id = w.class_id AND r.id = w.room_id
		RETURNING r.id, r.last_seq
	), told AS MATERIALIZED (
		-- A notice holds 7,999 bytes; two numbers of 19 digits and what is between are 40.
		SELECT pg_notify('mc_room', string_agg(p.id || ':' || p.last_seq, ' ' ORDER BY p.id))
		FROM (
			SELECT v.id, v.last_seq, (row_number() OVER (ORDER BY v.id) - 1) / 190 AS part
			FROM moved v) p
		GROUP BY p.part
	)
	SELECT d.status, d.status = 'stored' AND NOT d.fresh,
		CASE
		WHEN d.status <> 'stored' THEN NULL
		WHEN d.turn = 1 THEN coalesce(d.old_seq, d.new_seq)
		ELSE (
			SELECT coalesce(f.old_seq, f.new_seq) FROM numbered f
			WHERE f.turn = 1 AND f.room_id = d.room_id AND f.sender_id = d.sender_id
				AND f.client_id = d.client_id COLLATE "C")
		END,
		CASE WHEN d.status = 'stored' THEN coalesce(d.old_at, moment) END,
		CASE WHEN d.status = 'stored' THEN coalesce(d.old_role, d.role) END
	FROM numbered d
	-- What nobody reads is not done.
	WHERE (SELECT count(*) FROM told) >= 0
	ORDER BY d.n;
END
$$;

-- Nearly always a batch holds nothing but new messages of people who may write them.  Then nobody
-- need be judged before: the messages are written with the numbers that they would have, and when
-- one of them is not to be, all are taken back and mc.message_append says what is wrong.
--
-- A row for each message of the batch when all of them are stored, those of one room in the order
-- given; fewer, and none is stored, when one was there already, is not allowed, or comes to a room
-- that has ended.
--
-- As mc.message_append: as the owner, at READ COMMITTED, planned for large tables.  Rooms are locked in
-- the order of their ids, for that is how a plain scan of an index finds them.
CREATE FUNCTION mc.message_append_all(
	rooms bigint[], senders bigint[], client_ids text[], bodies text[])
RETURNS TABLE (room_id bigint, seq bigint, at timestamptz, role mc.member_role)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
	moment timestamptz;
	n bigint;
	told text;
BEGIN
	WITH moved AS (
		UPDATE mc.room r
		SET last_seq = r.last_seq + (SELECT count(*) FROM unnest(rooms) AS g (id) WHERE g.id = r.id)
		WHERE r.id = ANY (rooms) AND r.ended_at IS NULL
		RETURNING r.id, r.last_seq
	)
	SELECT count(*), string_agg(v.id || ':' || v.last_seq, ' ') INTO n, told FROM moved v;
	-- A notice holds 7,999 bytes; two numbers of 19 digits and what is between are 40.
	IF n NOT BETWEEN 1 AND 190 THEN
		RAISE no_data_found;
	END IF;
	moment := clock_timestamp();

	RETURN QUERY
	INSERT INTO mc.message (class_id, room_id, seq, sender_id, sender_role, client_id, body, at)
	SELECT r.class_id, r.id, r.last_seq - g.behind, g.sender_id, w.role, g.client_id, g.body, moment
	FROM (
		SELECT g.*, row_number() OVER (PARTITION BY g.room_id ORDER BY g.n DESC) - 1 AS behind
		FROM unnest(rooms, senders, client_ids, bodies)
			WITH ORDINALITY AS g (room_id, sender_id, client_id, body, n)) g
	CROSS JOIN LATERAL (
		SELECT * FROM mc.room r WHERE r.id = g.room_id AND r.ended_at IS NULL LIMIT 1) r
	CROSS JOIN LATERAL mc.writer(r.class_id, r.kind, r.student_id, g.sender_id) w
	RETURNING room_id, seq, at, sender_role;
	GET DIAGNOSTICS n = ROW_COUNT;
	IF n <> cardinality(rooms) THEN
		RAISE no_data_found;
	END IF;

	PERFORM pg_notify('mc_room', told);
EXCEPTION WHEN unique_violation OR no_data_found THEN
	-- What RETURN QUERY has given stays, but never a row for each: nothing that is caught here can
	-- be raised behind the last one.
	RETURN;
END
$$;
REVOKE ALL ON FUNCTION mc.message_append_all FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mc.message_append_all TO mc_server;
