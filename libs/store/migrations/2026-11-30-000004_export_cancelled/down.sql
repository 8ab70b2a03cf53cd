-- There is no such state then: what was cancelled was given up.
UPDATE export.jobs SET state = 4, failure_reason = 'CANCELLED', failure_message = 'it was cancelled' WHERE state = 6;
COMMENT ON COLUMN export.jobs.ended_at IS NULL;
COMMENT ON COLUMN export.jobs.state IS '1 queued, 2 running, 3 succeeded, 4 failed, 5 expired';
ALTER TABLE export.jobs DROP COLUMN report;
