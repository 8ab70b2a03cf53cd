-- What was asked for with a caller's own id of a request, as for exports: the same id with something else is a mistake.
ALTER TABLE reporting.saved_reports ADD COLUMN request_digest uuid;
COMMENT ON COLUMN reporting.saved_reports.request_digest IS 'Digest of what was asked for with request_id; null without one';
-- Secrets are part of what is asked for here, and a bare digest of short ones could be guessed: it is sealed as they are.
ALTER TABLE ingestion.integrations ADD COLUMN request_digest_key text;
COMMENT ON COLUMN ingestion.integrations.request_digest_key IS 'Id of the key that sealed request_digest, which may be older than that of the secrets; null without one';
ALTER TABLE ingestion.integrations ADD COLUMN request_digest bytea;
COMMENT ON COLUMN ingestion.integrations.request_digest IS 'Digest of what was asked for with request_id, sealed; null without one';
