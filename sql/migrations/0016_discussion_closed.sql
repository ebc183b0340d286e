-- A topic may be done: instructors close its discussion, and open it again.  In between it is read,
-- and nobody writes in it; its private threads go on.
ALTER TABLE mc.discussion ADD COLUMN closed_at timestamptz;

CREATE FUNCTION mc.discussion_closed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE mc.room r SET ended_at = NEW.closed_at
	WHERE r.class_id = NEW.class_id AND r.id = NEW.room_id;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.discussion_closed FROM PUBLIC;

CREATE TRIGGER discussion_closed AFTER UPDATE OF closed_at ON mc.discussion
	FOR EACH ROW WHEN (OLD.closed_at IS DISTINCT FROM NEW.closed_at)
	EXECUTE FUNCTION mc.discussion_closed();

GRANT UPDATE (topic, closed_at) ON mc.discussion TO mc_server;
