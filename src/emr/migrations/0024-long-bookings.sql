-- What overlaps a booking starts in the hours before it, or is one of the few that are long. A day's bookings were looked through for each
-- booking that was made; four hours of them are enough where four hours is long.

drop index appointment_longer_than_a_day;
create index appointment_longer_than_four_hours on appointment (tenant_id, office_id, provider_id, end_at, start_at)
  where end_at - start_at > interval '4 hours';
