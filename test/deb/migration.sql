-- What a next version may bring: a table's rows get something more, and the servers may read it.
ALTER TABLE mc.post ADD COLUMN check_deb text NOT NULL DEFAULT 'migrated';
GRANT SELECT (check_deb) ON mc.post TO mc_server;
