-- Functions that run as their owner look for types in pg_catalog first.  With an empty path
-- PostgreSQL looks into the caller's temporary schema before that, and a domain of its own there,
-- named like a type that we declare, would have its check run as mc_owner.

ALTER FUNCTION mc.membership_counted() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION mc.post_tagged() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION mc.message_append(bigint[], bigint[], text[], text[])
	SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION mc.live_session_ended() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION mc.access_changed() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION mc.session_seen() SET search_path = pg_catalog, pg_temp;
