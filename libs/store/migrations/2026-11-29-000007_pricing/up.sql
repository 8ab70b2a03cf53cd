-- By what the provider charges a message: its words for the price, as numbers.

-- Messages taken in before this have no such numbers, what they changed is written in another form, and so is what their
-- registrations are compared by.
DO $$
BEGIN
    IF EXISTS (SELECT FROM message_state.messages) OR EXISTS (SELECT FROM message_state.changes) THEN
        RAISE EXCEPTION 'this database was filled by an earlier version, whose messages cannot be carried over'
            USING HINT = 'Until version 0.1 no data is carried over: make a new database, and tell it everything again.';
    END IF;
END $$;

ALTER TABLE message_state.messages ADD COLUMN pricing_category_id int4, ADD COLUMN pricing_type_id int4;
COMMENT ON COLUMN message_state.messages.pricing_category_id IS 'The provider''s word for the price that applies, within the 30-day window, by its number in the directory; null where no price is stated, or none with a category';
COMMENT ON COLUMN message_state.messages.pricing_type_id IS 'The same of its word for the kind of the charge';
COMMENT ON COLUMN message_state.messages.stated IS 'Failure, pricing and conversation, each with the rank of the evidence that stated it; the numbers of the price''s words only of a price that is late';
