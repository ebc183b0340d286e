-- Who is shown as the teacher is who has taught the class longest, without a break.  When somebody
-- joined it says nothing of that: who was made a teacher has taught since their time as a student
-- ended, and only who made the class was no student before.
CREATE OR REPLACE FUNCTION mc.membership_counted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
			LEFT JOIN mc.membership s ON s.class_id = m.class_id
				AND s.account_id = m.account_id AND s.role = 'student'
			WHERE m.class_id = class AND m.ended_at IS NULL AND m.role = 'instructor'
			ORDER BY coalesce(s.ended_at, m.joined_at), m.account_id
			LIMIT 1)
		WHERE id = class;
	END IF;
	RETURN NULL;
END
$$;

-- And of the classes that are there.
UPDATE mc.classroom c
SET instructor_id = l.account_id
FROM (SELECT DISTINCT ON (m.class_id) m.class_id, m.account_id
	FROM mc.membership m
	LEFT JOIN mc.membership s ON s.class_id = m.class_id
		AND s.account_id = m.account_id AND s.role = 'student'
	WHERE m.ended_at IS NULL AND m.role = 'instructor'
	ORDER BY m.class_id, coalesce(s.ended_at, m.joined_at), m.account_id) l
WHERE l.class_id = c.id AND c.instructor_id <> l.account_id;
