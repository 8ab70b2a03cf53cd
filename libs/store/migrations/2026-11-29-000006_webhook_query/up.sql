-- What a webhook says may hang on parameters of its URL; read later, it has to say the same.

ALTER TABLE ingestion.inbox ADD COLUMN query text;
COMMENT ON COLUMN ingestion.inbox.query IS 'Parameters of the URL that the reading hangs on, as a query; never a secret. NULL where there were none';
ALTER TABLE ingestion.not_understood ADD COLUMN query text;
COMMENT ON COLUMN ingestion.not_understood.query IS 'Parameters of the URL that the reading hangs on, as a query, of the one received last; never a secret. NULL where there were none';
