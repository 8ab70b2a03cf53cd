ALTER TABLE ingestion.not_understood DROP COLUMN query;
ALTER TABLE ingestion.inbox DROP COLUMN query;
