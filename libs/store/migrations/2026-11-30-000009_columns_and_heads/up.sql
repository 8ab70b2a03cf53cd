-- Which columns the exports of a saved report have.
ALTER TABLE reporting.saved_reports ADD COLUMN columns jsonb;
COMMENT ON COLUMN reporting.saved_reports.columns IS 'Ids of the columns that its exports have, in their order; null where they have all of them';

-- Heads of files say what a workspace is called.
GRANT SELECT (display_name) ON message_state.workspaces TO acuse_export;
