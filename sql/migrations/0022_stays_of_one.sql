-- The last stay of somebody in a room was looked for among all that there were in it: in a lecture
-- that came back after an outage of the database, each among those of everybody.
DROP INDEX mc.stay_account;
CREATE INDEX stay_account ON mc.stay (class_id, account_id, room_id, id);
