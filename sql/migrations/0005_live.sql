-- Live sessions, who stayed in which room, what instructors corrected; and notices of lost rights.

CREATE TABLE mc.live_session (
	class_id bigint NOT NULL,
	id bigint GENERATED ALWAYS AS IDENTITY,
	title text NOT NULL DEFAULT ''
		CONSTRAINT live_session_title_length CHECK (char_length(title) <= 100),
	started_at timestamptz NOT NULL DEFAULT now(),
	ended_at timestamptz,
	started_by bigint NOT NULL,
	starter_role mc.member_role NOT NULL DEFAULT 'instructor'
		CONSTRAINT live_session_starter_is_instructor CHECK (starter_role = 'instructor'),
	room_id bigint NOT NULL,
	room_kind mc.room_kind NOT NULL DEFAULT 'live'
		CONSTRAINT live_session_room_kind CHECK (room_kind = 'live'),
	PRIMARY KEY (class_id, id),
	CONSTRAINT live_session_one_room UNIQUE (class_id, room_id),
	CONSTRAINT live_session_starter FOREIGN KEY (class_id, started_by, starter_role)
		REFERENCES mc.membership (class_id, account_id, role),
	CONSTRAINT live_session_room FOREIGN KEY (class_id, room_id, room_kind)
		REFERENCES mc.room (class_id, id, kind)
);
CREATE UNIQUE INDEX live_session_one ON mc.live_session (class_id) WHERE ended_at IS NULL;

-- The room ends with its session; mc.message_append waits for the room's row, so nothing is stored
-- in it afterwards.
CREATE FUNCTION mc.live_session_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
	IF OLD.ended_at IS NOT NULL THEN
		RAISE EXCEPTION 'a live session ends once'
			USING ERRCODE = 'restrict_violation', CONSTRAINT = 'live_session_ends_once';
	END IF;
	UPDATE mc.room SET ended_at = NEW.ended_at
	WHERE class_id = NEW.class_id AND id = NEW.room_id;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.live_session_ended() FROM PUBLIC;

CREATE TRIGGER live_session_ended AFTER UPDATE OF ended_at ON mc.live_session
	FOR EACH ROW WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at)
	EXECUTE FUNCTION mc.live_session_ended();

-- Somebody's uninterrupted presence in a room through one daemon.  The beats change nothing that is
-- indexed.
CREATE TABLE mc.stay (
	class_id bigint NOT NULL,
	room_id bigint NOT NULL,
	id bigint GENERATED ALWAYS AS IDENTITY,
	account_id bigint NOT NULL,
	role mc.member_role NOT NULL,
	instance bigint NOT NULL,
	joined_at timestamptz NOT NULL DEFAULT now(),
	beat_at timestamptz NOT NULL DEFAULT now(),
	left_at timestamptz,
	PRIMARY KEY (class_id, room_id, id),
	CONSTRAINT stay_ends_after_it_began CHECK (left_at >= joined_at),
	CONSTRAINT stay_room FOREIGN KEY (class_id, room_id) REFERENCES mc.room (class_id, id),
	CONSTRAINT stay_member FOREIGN KEY (class_id, account_id, role)
		REFERENCES mc.membership (class_id, account_id, role)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX stay_open ON mc.stay (class_id, room_id, account_id, instance)
	WHERE left_at IS NULL;
CREATE INDEX stay_instance ON mc.stay (instance) WHERE left_at IS NULL;
CREATE INDEX stay_account ON mc.stay (class_id, account_id);

-- The last row about a student in a session counts; none is ever changed.
CREATE TABLE mc.attendance_correction (
	class_id bigint NOT NULL,
	live_id bigint NOT NULL,
	student_id bigint NOT NULL,
	student_role mc.member_role NOT NULL DEFAULT 'student'
		CONSTRAINT attendance_correction_of_student CHECK (student_role = 'student'),
	id bigint GENERATED ALWAYS AS IDENTITY,
	-- Null takes earlier corrections back.
	seconds bigint CHECK (seconds >= 0),
	reason text NOT NULL
		CONSTRAINT attendance_correction_reason_length CHECK (char_length(reason) BETWEEN 1 AND 500),
	corrected_by bigint NOT NULL,
	corrector_role mc.member_role NOT NULL DEFAULT 'instructor'
		CONSTRAINT attendance_correction_by_instructor CHECK (corrector_role = 'instructor'),
	corrected_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (class_id, live_id, student_id, id),
	CONSTRAINT attendance_correction_live FOREIGN KEY (class_id, live_id)
		REFERENCES mc.live_session (class_id, id),
	CONSTRAINT attendance_correction_student FOREIGN KEY (class_id, student_id, student_role)
		REFERENCES mc.membership (class_id, account_id, role),
	CONSTRAINT attendance_correction_corrector FOREIGN KEY (class_id, corrected_by, corrector_role)
		REFERENCES mc.membership (class_id, account_id, role)
);

-- Notices of what ends a right, for connections that are open.  Only on what seldom changes: commits
-- that notify wait for one another.
CREATE FUNCTION mc.access_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
	PERFORM pg_catalog.pg_notify('mc_access', CASE TG_TABLE_NAME
		WHEN 'session' THEN 'session:' || (pg_catalog.to_jsonb(OLD) ->> 'id')
		WHEN 'account' THEN 'user:' || (pg_catalog.to_jsonb(OLD) ->> 'id')
		WHEN 'room' THEN 'room:' || (pg_catalog.to_jsonb(OLD) ->> 'id')
		WHEN 'membership' THEN 'member:' || (pg_catalog.to_jsonb(OLD) ->> 'class_id')
			|| ':' || (pg_catalog.to_jsonb(OLD) ->> 'account_id')
		END);
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.access_changed() FROM PUBLIC;

CREATE TRIGGER session_gone AFTER DELETE ON mc.session
	FOR EACH ROW EXECUTE FUNCTION mc.access_changed();
CREATE TRIGGER account_disabled AFTER UPDATE OF disabled_at ON mc.account
	FOR EACH ROW WHEN (OLD.disabled_at IS DISTINCT FROM NEW.disabled_at)
	EXECUTE FUNCTION mc.access_changed();
CREATE TRIGGER membership_changed AFTER UPDATE OF role, ended_at ON mc.membership
	FOR EACH ROW WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at OR OLD.role <> NEW.role)
	EXECUTE FUNCTION mc.access_changed();
CREATE TRIGGER membership_gone AFTER DELETE ON mc.membership
	FOR EACH ROW EXECUTE FUNCTION mc.access_changed();
CREATE TRIGGER room_ended AFTER UPDATE OF ended_at ON mc.room
	FOR EACH ROW WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at)
	EXECUTE FUNCTION mc.access_changed();

GRANT SELECT, INSERT (class_id, title, started_by, room_id), UPDATE (ended_at)
	ON mc.live_session TO mc_server;
GRANT SELECT, INSERT (class_id, room_id, account_id, role, instance, joined_at, beat_at, left_at),
	UPDATE (beat_at, left_at) ON mc.stay TO mc_server;
GRANT SELECT, INSERT (class_id, live_id, student_id, seconds, reason, corrected_by)
	ON mc.attendance_correction TO mc_server;
