ALTER TABLE message_state.fold_positions DROP COLUMN dropped_zone;
