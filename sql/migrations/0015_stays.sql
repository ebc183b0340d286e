-- Stays are kept for attendance, which live classes have.  Who looked at a discussion or a private
-- thread, and when, is nobody's business once they have left: such a stay goes with its end.
CREATE FUNCTION mc.stay_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM mc.stay s USING mc.room r
	WHERE s.class_id = NEW.class_id AND s.room_id = NEW.room_id AND s.id = NEW.id
		AND r.class_id = NEW.class_id AND r.id = NEW.room_id AND r.kind <> 'live';
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.stay_ended() FROM PUBLIC;

CREATE TRIGGER stay_ended AFTER UPDATE OF left_at ON mc.stay
	FOR EACH ROW WHEN (NEW.left_at IS NOT NULL) EXECUTE FUNCTION mc.stay_ended();

DELETE FROM mc.stay s USING mc.room r
WHERE r.class_id = s.class_id AND r.id = s.room_id AND r.kind <> 'live' AND s.left_at IS NOT NULL;
