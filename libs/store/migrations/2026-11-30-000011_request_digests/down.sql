ALTER TABLE export.schedules DROP COLUMN request_digest;
ALTER TABLE export.jobs DROP COLUMN request_digest;
