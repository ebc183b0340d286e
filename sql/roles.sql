-- Roles with least rights, and the schema that they share.  Run once in the database by someone who
-- may create roles; it changes nothing when all is there already, so mc-admin migrate runs it too.
--
--   mc_owner    owns the schema and everything in it; nobody logs in as it
--   mc_admin    logs in for mc-admin, as a member of mc_owner
--   mc_server   logs in for mc-server and mc-chatd; migrations grant it what it needs, table by table
--
-- No role has a password here: over a Unix socket use peer authentication, else set one.

DO $$
BEGIN
	-- The lock that migrations take too: of two that begin at once, the second finds all done.
	PERFORM pg_catalog.pg_advisory_xact_lock(7883954021607432563);
	BEGIN
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'mc_owner') THEN
			CREATE ROLE mc_owner NOLOGIN;
		END IF;
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'mc_admin') THEN
			CREATE ROLE mc_admin LOGIN IN ROLE mc_owner;
		END IF;
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'mc_server') THEN
			CREATE ROLE mc_server LOGIN;
		END IF;
	EXCEPTION
		-- Roles belong to the whole cluster: another database's migration may make them now.
		WHEN unique_violation OR duplicate_object THEN NULL;
	END;

	IF NOT pg_catalog.pg_has_role(current_user, 'mc_owner', 'MEMBER') THEN
		EXECUTE pg_catalog.format('GRANT mc_owner TO %I', current_user);
	END IF;
	IF NOT pg_catalog.has_database_privilege('mc_owner', pg_catalog.current_database(), 'CREATE') THEN
		EXECUTE pg_catalog.format('GRANT CREATE ON DATABASE %I TO mc_owner',
			pg_catalog.current_database());
	END IF;
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'mc') THEN
		CREATE SCHEMA mc AUTHORIZATION mc_owner;
		GRANT USAGE ON SCHEMA mc TO mc_server;
	END IF;
END
$$;
