-- Which index finds what is a question of the statistics, unless only one of them can.

-- While nobody is present all open stays look like none, and to read the whole of this index looked
-- as cheap as to look for a room in stay_open.  No statement but one for an instance can use it now.
DROP INDEX mc.stay_instance;
CREATE INDEX stay_instance ON mc.stay (instance) WHERE left_at IS NULL AND instance IS NOT NULL;

-- Of log-in sessions that have expired each new one takes some with it, the oldest first.
CREATE INDEX session_expires ON mc.session (expires_at);
