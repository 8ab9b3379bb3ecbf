-- What changes of a booking is in no index as a rule: with room left on its page the new version stands beside the old one and no index is
-- touched. Without it 1,000 changes among a million bookings write to 4,000 pages of indexes (docs/decisions/0046).
alter table booking set (fillfactor = 90);
