-- Whether a live session counts in the attendance over all of them: one that was begun by mistake, or
-- to try the microphone, would else be missed by everybody for ever.  The last row about a session
-- counts, without one it counts; none is ever changed.
CREATE TABLE mc.live_counting (
	class_id bigint NOT NULL,
	live_id bigint NOT NULL,
	id bigint GENERATED ALWAYS AS IDENTITY,
	counts boolean NOT NULL,
	reason text NOT NULL
		CONSTRAINT live_counting_reason_length CHECK (char_length(reason) BETWEEN 1 AND 500),
	decided_by bigint NOT NULL,
	decider_role mc.member_role NOT NULL DEFAULT 'instructor'
		CONSTRAINT live_counting_by_instructor CHECK (decider_role = 'instructor'),
	decided_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (class_id, live_id, id),
	CONSTRAINT live_counting_live FOREIGN KEY (class_id, live_id)
		REFERENCES mc.live_session (class_id, id),
	CONSTRAINT live_counting_decider FOREIGN KEY (class_id, decided_by, decider_role)
		REFERENCES mc.membership (class_id, account_id, role)
);
GRANT SELECT, INSERT (class_id, live_id, counts, reason, decided_by) ON mc.live_counting TO mc_server;
