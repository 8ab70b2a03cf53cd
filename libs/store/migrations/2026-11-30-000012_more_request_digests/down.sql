ALTER TABLE ingestion.integrations DROP COLUMN request_digest;
ALTER TABLE ingestion.integrations DROP COLUMN request_digest_key;
ALTER TABLE reporting.saved_reports DROP COLUMN request_digest;
