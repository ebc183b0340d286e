-- Accounts, their passwords, their log-in sessions, and what slows guessing down.

CREATE TABLE mc.account (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL
		CONSTRAINT account_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
	email text NOT NULL
		CONSTRAINT account_email_length CHECK (octet_length(email) BETWEEN 3 AND 254)
		CONSTRAINT account_email_form CHECK (email ~ '^[!-?A-~]+@[!-?A-~]+$'),
	-- One address is one account, however it is capitalised.  Addresses are ASCII.
	email_key text NOT NULL GENERATED ALWAYS AS (lower(email COLLATE "C")) STORED
		CONSTRAINT account_email_taken UNIQUE,
	created_at timestamptz NOT NULL DEFAULT now(),
	disabled_at timestamptz
);

-- Apart from the account, so that no query about people can carry a hash by accident.
CREATE TABLE mc.credential (
	account_id bigint PRIMARY KEY REFERENCES mc.account,
	password_hash text NOT NULL
		CONSTRAINT credential_is_argon2id CHECK (password_hash LIKE '$argon2id$%'),
	changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE mc.session (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	digest bytea NOT NULL UNIQUE
		CONSTRAINT session_digest_is_sha256 CHECK (octet_length(digest) = 32),
	account_id bigint NOT NULL REFERENCES mc.account,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	used_at timestamptz NOT NULL DEFAULT now(),
	agent text NOT NULL DEFAULT '' CHECK (octet_length(agent) <= 200),
	address text NOT NULL DEFAULT '' CHECK (octet_length(address) <= 100)
);
CREATE INDEX session_account ON mc.session (account_id, id);

-- Not worth a write-ahead log: after a crash everybody may guess anew.
CREATE UNLOGGED TABLE mc.throttle (
	kind smallint NOT NULL,
	key bytea NOT NULL CHECK (octet_length(key) = 32),
	started_at timestamptz NOT NULL,
	failures integer NOT NULL,
	PRIMARY KEY (kind, key)
) WITH (fillfactor = 70);
CREATE INDEX throttle_started ON mc.throttle (started_at);

GRANT SELECT ON mc.migration TO mc_server;
GRANT SELECT, INSERT ON mc.account TO mc_server;
GRANT SELECT, INSERT, UPDATE (password_hash, changed_at) ON mc.credential TO mc_server;
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON mc.session TO mc_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON mc.throttle TO mc_server;
