-- A new password, a one-time code and the operator end all sessions of an account in one statement,
-- and there may be thousands: of a script that logs in each minute, or of somebody who knows the old
-- password.  For each of them the row of mc.account_seen was written again, and looked for among all
-- its versions: behind some ten thousand a statement took longer than it may, so that the password
-- could not be changed at all.  Now it is once a statement and account.
CREATE FUNCTION mc.sessions_seen() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO mc.account_seen AS s (account_id, seen_at)
	SELECT g.account_id, max(g.used_at) FROM gone g GROUP BY g.account_id ORDER BY g.account_id
	ON CONFLICT (account_id) DO UPDATE SET seen_at = excluded.seen_at
		WHERE s.seen_at < excluded.seen_at;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.sessions_seen FROM PUBLIC;

-- Of several at once it is said whose they were, and not of each which it was.
CREATE FUNCTION mc.sessions_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM pg_notify('mc_access',
		CASE count(*) WHEN 1 THEN 'session:' || min(g.id) ELSE 'user:' || g.account_id END)
	FROM gone g GROUP BY g.account_id;
	RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION mc.sessions_gone FROM PUBLIC;

DROP TRIGGER session_seen ON mc.session;
DROP FUNCTION mc.session_seen();
DROP TRIGGER session_gone ON mc.session;
CREATE TRIGGER sessions_seen AFTER DELETE ON mc.session REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION mc.sessions_seen();
CREATE TRIGGER sessions_gone AFTER DELETE ON mc.session REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION mc.sessions_gone();
