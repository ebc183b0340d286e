-- A message's foreign key to its sender's membership is as dear as all else that a large batch costs:
-- a look-up, a lock on the membership's row and its way to the disk, for each message.
-- mc.message_append, the only way in, has read that row itself; what is left to watch over is the
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
