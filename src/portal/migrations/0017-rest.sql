-- An EMR that fails is left alone by runs that nobody asked for: for so long as it asked, else ever longer while it goes on failing.
alter table connect.connection add column failures integer not null default 0;
alter table connect.connection add column rest_until timestamptz not null default '-infinity';
