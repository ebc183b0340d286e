-- Classes, and who is in them as what.

CREATE TYPE mc.member_role AS ENUM ('student', 'instructor');

CREATE TABLE mc.classroom (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL
		CONSTRAINT classroom_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
	description text NOT NULL DEFAULT ''
		CONSTRAINT classroom_description_length CHECK (char_length(description) <= 2000),
	-- Random, made by the server: nothing else in the row leads to it.
	join_code text NOT NULL
		CONSTRAINT classroom_join_code_taken UNIQUE
		CONSTRAINT classroom_join_code_form CHECK (join_code ~ '^[0-9A-Z]{10}$'),
	created_by bigint NOT NULL REFERENCES mc.account,
	client_id text
		CONSTRAINT classroom_client_id_length CHECK (octet_length(client_id) BETWEEN 1 AND 64),
	created_at timestamptz NOT NULL DEFAULT now(),
	-- Kept by the trigger on mc.membership, and by nobody else.
	members integer NOT NULL DEFAULT 0 CHECK (members >= 0),
	instructors integer NOT NULL DEFAULT 0 CHECK (instructors >= 0),
	instructor_id bigint REFERENCES mc.account
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX classroom_client_id ON mc.classroom (created_by, client_id)
	WHERE client_id IS NOT NULL;

-- A row for each role that somebody holds or held in a class.  One that ended stays: what was
-- written in that role refers to it.
CREATE TABLE mc.membership (
	class_id bigint NOT NULL REFERENCES mc.classroom,
	account_id bigint NOT NULL REFERENCES mc.account,
	role mc.member_role NOT NULL,
	joined_at timestamptz NOT NULL DEFAULT now(),
	ended_at timestamptz,
	PRIMARY KEY (class_id, account_id, role)
);
CREATE UNIQUE INDEX membership_one_role ON mc.membership (class_id, account_id)
	WHERE ended_at IS NULL;
CREATE INDEX membership_instructors ON mc.membership (class_id, joined_at, account_id)
	WHERE ended_at IS NULL AND role = 'instructor';
CREATE INDEX membership_account ON mc.membership (account_id, joined_at DESC)
	WHERE ended_at IS NULL;

-- Counts members, shows the longest-serving instructor as the teacher, and refuses to lose the last
-- one.  The first UPDATE locks the class's row, so of two instructors who leave at the same time
-- the second sees what the first did.
CREATE FUNCTION mc.membership_counted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
	members_more integer := 0;
	instructors_more integer := 0;
	class bigint;
	instructors_left integer;
BEGIN
	IF TG_OP <> 'INSERT' THEN
		class := OLD.class_id;
		IF OLD.ended_at IS NULL THEN
			members_more := -1;
			instructors_more := -(OLD.role = 'instructor')::integer;
		END IF;
	END IF;
	IF TG_OP <> 'DELETE' THEN
		class := NEW.class_id;
		IF NEW.ended_at IS NULL THEN
			members_more := members_more + 1;
			instructors_more := instructors_more + (NEW.role = 'instructor')::integer;
		END IF;
	END IF;
	IF members_more = 0 AND instructors_more = 0 THEN
		RETURN NULL;
	END IF;

	UPDATE mc.classroom
	SET members = members + members_more, instructors = instructors + instructors_more
	WHERE id = class
	RETURNING instructors INTO instructors_left;

	IF instructors_more < 0 AND instructors_left = 0 THEN
		RAISE EXCEPTION 'a class keeps an instructor'
			USING ERRCODE = 'restrict_violation', CONSTRAINT = 'membership_last_instructor';
	END IF;
	IF instructors_more <> 0 THEN
		UPDATE mc.classroom
		SET instructor_id = (
			SELECT m.account_id FROM mc.membership m
			WHERE m.class_id = class AND m.ended_at IS NULL AND m.role = 'instructor'
			ORDER BY m.joined_at, m.account_id
			LIMIT 1)
		WHERE id = class;
	END IF;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.membership_counted() FROM PUBLIC;

CREATE TRIGGER membership_counted AFTER INSERT OR DELETE OR UPDATE OF class_id, role, ended_at
	ON mc.membership FOR EACH ROW EXECUTE FUNCTION mc.membership_counted();

GRANT SELECT, INSERT (name, description, join_code, created_by, client_id),
	UPDATE (name, description, join_code, client_id) ON mc.classroom TO mc_server;
GRANT SELECT, INSERT, UPDATE (joined_at, ended_at) ON mc.membership TO mc_server;
