-- Roles stay: they belong to the whole cluster, and other databases may use them.
DROP SCHEMA message_state CASCADE;
