-- A histogram becomes one row: a run of changes touches some bins of many histograms, and a row costs the same whether it
-- holds one bin or all of them.

ALTER TABLE message_state.histograms RENAME TO histogram_bins;
ALTER INDEX message_state.histograms_pkey RENAME TO histogram_bins_pkey;

CREATE TABLE message_state.histograms (
    workspace_id int4 NOT NULL,
    facet int2 NOT NULL,
    day date NOT NULL,
    department_id int4 NOT NULL,
    value int4 NOT NULL,
    metric int2 NOT NULL,
    bins int2[] NOT NULL,
    counts int4[] NOT NULL,
    PRIMARY KEY (workspace_id, facet, day, department_id, value, metric)
) WITH (fillfactor = 70);
COMMENT ON TABLE message_state.histograms IS 'Messages by the time they took to be delivered, read or replied to, in bins that grow by a tenth';
COMMENT ON COLUMN message_state.histograms.bins IS 'The bins that hold any message, ascending';
COMMENT ON COLUMN message_state.histograms.counts IS 'How many messages each of them holds';

GRANT SELECT, INSERT, UPDATE, DELETE ON message_state.histograms TO acuse_message_state;
GRANT SELECT ON message_state.histograms TO acuse_message_state_reader;
ALTER TABLE message_state.histograms ENABLE ROW LEVEL SECURITY;
CREATE POLICY writer ON message_state.histograms TO acuse_message_state USING (true) WITH CHECK (true);
CREATE POLICY reader ON message_state.histograms FOR SELECT TO acuse_message_state_reader
    USING (workspace_id = (SELECT nullif(current_setting('acuse.workspace_id', true), '')::int4));

INSERT INTO message_state.histograms
SELECT workspace_id, facet, day, department_id, value, metric,
    array_agg(bin ORDER BY bin), array_agg(messages ORDER BY bin)
FROM message_state.histogram_bins WHERE messages <> 0
GROUP BY workspace_id, facet, day, department_id, value, metric;

DROP TABLE message_state.histogram_bins;
