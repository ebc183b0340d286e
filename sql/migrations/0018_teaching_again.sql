-- Who begins to teach a second time has no new row, but the old one again; and may have marks of the
-- first time, or of their own thread.  What was written in private threads before is not new to them
-- either.
CREATE OR REPLACE FUNCTION mc.reading_begins() RETURNS trigger
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
	ON CONFLICT (class_id, account_id, room_id)
	DO UPDATE SET seq = EXCLUDED.seq WHERE reading.seq < EXCLUDED.seq;
	RETURN NULL;
END
$$;

CREATE TRIGGER membership_reads_again AFTER UPDATE OF ended_at ON mc.membership
	FOR EACH ROW WHEN (NEW.role = 'instructor' AND OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL)
	EXECUTE FUNCTION mc.reading_begins();
