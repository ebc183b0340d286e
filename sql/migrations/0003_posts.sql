-- Posts and their tags.

CREATE TABLE mc.post (
	class_id bigint NOT NULL,
	id bigint GENERATED ALWAYS AS IDENTITY,
	author_id bigint NOT NULL,
	-- Only instructors post: the foreign key asks for the author's row with this role.
	author_role mc.member_role NOT NULL DEFAULT 'instructor'
		CONSTRAINT post_author_is_instructor CHECK (author_role = 'instructor'),
	body text NOT NULL
		CONSTRAINT post_body_length CHECK (octet_length(body) BETWEEN 1 AND 65536),
	-- In the author's order, in the row that a page reads anyway; mc.post_tag is for finding.
	tags text[] NOT NULL DEFAULT '{}'
		CONSTRAINT post_tags_count CHECK (cardinality(tags) <= 10),
	client_id text
		CONSTRAINT post_client_id_length CHECK (octet_length(client_id) BETWEEN 1 AND 64),
	created_at timestamptz NOT NULL DEFAULT now(),
	edited_at timestamptz,
	removed_at timestamptz,
	removed_by bigint REFERENCES mc.account,
	PRIMARY KEY (class_id, id),
	CONSTRAINT post_author FOREIGN KEY (class_id, author_id, author_role)
		REFERENCES mc.membership (class_id, account_id, role),
	CONSTRAINT post_removed_by_somebody CHECK ((removed_at IS NULL) = (removed_by IS NULL))
);
CREATE UNIQUE INDEX post_client_id ON mc.post (class_id, author_id, client_id)
	WHERE client_id IS NOT NULL;

CREATE TABLE mc.post_tag (
	class_id bigint NOT NULL,
	tag text NOT NULL
		CONSTRAINT post_tag_length CHECK (char_length(tag) BETWEEN 1 AND 50),
	post_id bigint NOT NULL,
	PRIMARY KEY (class_id, tag, post_id),
	FOREIGN KEY (class_id, post_id) REFERENCES mc.post
);
CREATE INDEX post_tag_post ON mc.post_tag (class_id, post_id);

CREATE FUNCTION mc.post_tagged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		DELETE FROM mc.post_tag WHERE class_id = OLD.class_id AND post_id = OLD.id;
	END IF;
	IF NEW.removed_at IS NULL THEN
		INSERT INTO mc.post_tag (class_id, tag, post_id)
		SELECT DISTINCT NEW.class_id, t.tag, NEW.id
		FROM pg_catalog.unnest(NEW.tags) AS t (tag);
	END IF;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.post_tagged() FROM PUBLIC;

CREATE TRIGGER post_tagged_new AFTER INSERT ON mc.post
	FOR EACH ROW WHEN (NEW.tags <> '{}') EXECUTE FUNCTION mc.post_tagged();
CREATE TRIGGER post_tagged_again AFTER UPDATE OF tags, removed_at ON mc.post
	FOR EACH ROW EXECUTE FUNCTION mc.post_tagged();

GRANT SELECT, INSERT (class_id, author_id, body, tags, client_id),
	UPDATE (body, tags, client_id, edited_at, removed_at, removed_by) ON mc.post TO mc_server;
GRANT SELECT ON mc.post_tag TO mc_server;
