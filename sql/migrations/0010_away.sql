-- Whom a teacher removed has been away until they join again, and has missed nothing meanwhile.  Who
-- left was free to stay.
ALTER TABLE mc.membership ADD COLUMN away tstzmultirange NOT NULL DEFAULT '{}';
GRANT UPDATE (away) ON mc.membership TO mc_server;
