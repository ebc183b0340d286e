-- Which messages an instructor has removed: nobody is shown what they said any more.  The message
-- itself stays as it was written, for the school to look at should it have to; so its number stays,
-- too, and no room has a gap.
CREATE TABLE mc.message_removal (
	class_id bigint NOT NULL,
	room_id bigint NOT NULL,
	seq bigint NOT NULL,
	removed_by bigint NOT NULL,
	remover_role mc.member_role NOT NULL DEFAULT 'instructor'
		CONSTRAINT message_removal_by_instructor CHECK (remover_role = 'instructor'),
	removed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (class_id, room_id, seq),
	CONSTRAINT message_removal_message FOREIGN KEY (class_id, room_id, seq)
		REFERENCES mc.message (class_id, room_id, seq),
	CONSTRAINT message_removal_remover FOREIGN KEY (class_id, removed_by, remover_role)
		REFERENCES mc.membership (class_id, account_id, role)
);

-- As the end of a room is told: whoever has it open looks at it again.
CREATE FUNCTION mc.message_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM pg_notify('mc_access', 'room:' || NEW.room_id);
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.message_removed() FROM PUBLIC;

CREATE TRIGGER message_removed AFTER INSERT ON mc.message_removal
	FOR EACH ROW EXECUTE FUNCTION mc.message_removed();

GRANT SELECT, INSERT (class_id, room_id, seq, removed_by) ON mc.message_removal TO mc_server;
