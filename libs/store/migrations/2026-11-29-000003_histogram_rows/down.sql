ALTER TABLE message_state.histograms RENAME TO histogram_rows;
ALTER INDEX message_state.histograms_pkey RENAME TO histogram_rows_pkey;

CREATE TABLE message_state.histograms (
    workspace_id int4 NOT NULL,
    facet int2 NOT NULL,
    day date NOT NULL,
    department_id int4 NOT NULL,
    value int4 NOT NULL,
    metric int2 NOT NULL,
    bin int2 NOT NULL,
    messages int4 NOT NULL,
    PRIMARY KEY (workspace_id, facet, day, department_id, value, metric, bin)
) WITH (fillfactor = 70);
COMMENT ON TABLE message_state.histograms IS 'Messages by the time they took to be delivered, read or replied to, in bins that grow by a tenth';

GRANT SELECT, INSERT, UPDATE, DELETE ON message_state.histograms TO acuse_message_state;
GRANT SELECT ON message_state.histograms TO acuse_message_state_reader;
ALTER TABLE message_state.histograms ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON message_state.histograms TO acuse_message_state USING (true) WITH CHECK (true);
CREATE POLICY reader ON message_state.histograms FOR SELECT TO acuse_message_state_reader
    USING (workspace_id = (SELECT nullif(current_setting('acuse.workspace_id', true), '')::int4));

INSERT INTO message_state.histograms
SELECT stored.workspace_id, stored.facet, stored.day, stored.department_id, stored.value, stored.metric,
    held.bin, held.messages
FROM message_state.histogram_rows AS stored
CROSS JOIN LATERAL unnest(stored.bins, stored.counts) AS held(bin, messages);

DROP TABLE message_state.histogram_rows;
