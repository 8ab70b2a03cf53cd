-- Roles stay: they belong to the whole cluster, and other databases may use them.
REVOKE SELECT ON __diesel_schema_migrations FROM PUBLIC;
DROP SCHEMA message_state CASCADE;
