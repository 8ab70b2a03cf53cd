-- What was asked for with a caller's own id of a request: the same id with something else is a mistake.
ALTER TABLE export.jobs ADD COLUMN request_digest uuid;
COMMENT ON COLUMN export.jobs.request_digest IS 'Digest of what was asked for with request_id; null without one';
ALTER TABLE export.schedules ADD COLUMN request_digest uuid;
COMMENT ON COLUMN export.schedules.request_digest IS 'Digest of what was asked for with request_id; null without one';
