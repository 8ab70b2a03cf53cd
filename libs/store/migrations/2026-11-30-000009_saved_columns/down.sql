ALTER TABLE reporting.saved_reports DROP COLUMN columns;
