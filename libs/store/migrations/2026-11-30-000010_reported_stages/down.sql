-- Messages, their changes and their rollups hold what was said of their accounts, and no statement brings all three back
-- together. Restaging does: it has to be through first.
DO $$ BEGIN
    IF EXISTS (SELECT FROM message_state.workspaces WHERE reported_stages <> '[]')
        OR EXISTS (SELECT FROM message_state.restagings) THEN
        RAISE EXCEPTION 'messages still count as channel accounts were said to report'
            USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'take back what acuse workspace stages said, wait until no restaging is under way, and try again';
    END IF;
END $$;

DROP TABLE message_state.restagings;
COMMENT ON COLUMN message_state.messages.reportable IS 'Stages that the channel can report, as the same bits';
ALTER TABLE message_state.workspaces DROP COLUMN reported_stages;
