-- The role stays: it belongs to the whole cluster, and other databases may use it.
DROP SCHEMA reporting CASCADE;
