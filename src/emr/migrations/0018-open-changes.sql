-- A change carries the instant at which it was made, and others see it when its transaction has ended: an import may take minutes. Whoever
-- follows the changes by their instants has to know up to where none is missing any more. So each transaction that changes bookings or
-- patients says from when on, by a lock that everybody can see and that ends with it, however it ends. The lock stands before the first row
-- is stamped. Its key is the second, counted from 2026 so that the numbers last.
create function open_changes_from(at timestamptz) returns void language sql as $$
  select pg_advisory_xact_lock_shared(1870, floor(extract(epoch from at) - 1767225600)::integer)
$$;

create function open_change() returns trigger language plpgsql as $$
begin
  perform open_changes_from(clock_timestamp());
  return null;
end $$;

create trigger open_change before insert or update or delete on appointment for each statement execute function open_change();
create trigger open_change before insert or update or delete on patient for each statement execute function open_change();

-- now() is of before the locks are looked at: who takes his after that stamps nothing earlier.
create function changes_settled_until() returns timestamptz language sql volatile as $$
  select least(now(), (select to_timestamp(min(objid::bigint) + 1767225600)
                         from pg_locks
                        where locktype = 'advisory' and classid = 1870 and objsubid = 2
                          and database = (select oid from pg_database where datname = current_database())))
$$;
