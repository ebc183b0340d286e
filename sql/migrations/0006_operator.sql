-- What mc-admin needs: one-time codes, with which somebody sets a password without knowing the old
-- one, and who was seen when.

-- One for each account: a new one takes the old one's place.  Whoever has no credential yet, as after
-- mc-admin users create, gets it with the code.
CREATE TABLE mc.reset_code (
	account_id bigint PRIMARY KEY
		CONSTRAINT reset_code_account REFERENCES mc.account,
	digest bytea NOT NULL
		CONSTRAINT reset_code_digest_is_sha256 CHECK (octet_length(digest) = 32),
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL
		CONSTRAINT reset_code_expires_later CHECK (expires_at > created_at)
);

-- When a session that is gone was used last: on shared computers people log out, and the operator
-- wants to know who still comes.  Nobody waits for this row but others who end a session of the same
-- account.
CREATE TABLE mc.account_seen (
	account_id bigint PRIMARY KEY
		CONSTRAINT account_seen_account REFERENCES mc.account,
	seen_at timestamptz NOT NULL
) WITH (fillfactor = 70);

CREATE FUNCTION mc.session_seen() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
	INSERT INTO mc.account_seen AS s (account_id, seen_at) VALUES (OLD.account_id, OLD.used_at)
	ON CONFLICT (account_id) DO UPDATE SET seen_at = excluded.seen_at
		WHERE s.seen_at < excluded.seen_at;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.session_seen() FROM PUBLIC;

CREATE TRIGGER session_seen AFTER DELETE ON mc.session
	FOR EACH ROW EXECUTE FUNCTION mc.session_seen();

-- The server uses codes up and makes none.
GRANT SELECT (account_id, digest, expires_at), DELETE ON mc.reset_code TO mc_server;
