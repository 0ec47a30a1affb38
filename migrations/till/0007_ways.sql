-- A code is taken off the screen for another way to collect, which comes once the first is certain to be closed.
ALTER TABLE tender ADD COLUMN next_means TEXT;
ALTER TABLE tender ADD COLUMN next_taken INTEGER NOT NULL DEFAULT 0 CHECK (next_taken IN (0, 1));
-- The customer is charged by the code they show, whose digits are kept nowhere.
ALTER TABLE attempt ADD COLUMN taken INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1));
