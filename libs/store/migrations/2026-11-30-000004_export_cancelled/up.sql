-- Exports that are cancelled, and a history that is searched by report.

ALTER TABLE export.jobs ADD COLUMN report int2;
COMMENT ON COLUMN export.jobs.report IS 'Number of the acuse.export.v1.ExportReport that was asked for; null for jobs that were created before this was kept';
COMMENT ON COLUMN export.jobs.state IS '1 queued, 2 running, 3 succeeded, 4 failed, 5 expired, 6 cancelled';
COMMENT ON COLUMN export.jobs.ended_at IS 'When it succeeded, was given up or was cancelled';
