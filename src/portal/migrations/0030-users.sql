-- Who works at a site: invited by e-mail, with a role that may change, until he is deactivated there. A person may be of several sites, so
-- what a Site Admin ends is the membership and never the account.

alter table site_member add column deactivated_at timestamptz;

-- A mail to whoever works here is no mail to a patient: it leaves in quiet hours too, and no test address takes it.
alter table mail add column to_staff boolean not null default false;

-- What a link in a mail to staff is good for, once. The token itself is in the mail alone.
create table account_link (
  site_id integer not null references site,
  link_id text collate "C" not null,
  purpose text not null check (purpose in ('invitation', 'password-reset')),
  token_hash bytea not null,
  email text not null,
  -- Of an invitation; it decides what whoever accepts it becomes.
  role text check (role in ('member', 'site-admin')),
  -- Of a reset: whose password. Of an invitation: who accepted it.
  user_id text collate "C" references portal_user,
  mail_id text collate "C",
  created_at timestamptz not null,
  created_by text collate "C",
  expires_at timestamptz not null,
  used_at timestamptz,
  withdrawn_at timestamptz,
  primary key (site_id, link_id),
  check ((purpose = 'invitation') = (role is not null)),
  check (purpose = 'invitation' or user_id is not null)
);
create index account_link_by_token on account_link (token_hash);
create index account_link_by_user on account_link (user_id, created_at) where purpose = 'password-reset';
-- An address has one open invitation at a site: the latest.
create unique index account_link_open_invitation on account_link (site_id, lower(email))
  where purpose = 'invitation' and used_at is null and withdrawn_at is null;

create function account_link_in_force() returns bytea language sql stable parallel safe
  return decode(nullif(current_setting('tidegate.account_link', true), ''), 'hex');

alter table account_link enable row level security;
alter table account_link force row level security;
create policy of_site on account_link to portal_app using (site_id = site_in_force()) with check (site_id = site_in_force());
-- Whoever has the token names no site, and nobody who asks for a new password is signed in.
create policy of_token on account_link for select to portal_app using (token_hash = account_link_in_force());
create policy of_person on account_link for select to portal_app using (user_id = person_in_force());
create policy of_person_used on account_link for update to portal_app
  using (user_id = person_in_force() and purpose = 'password-reset') with check (user_id = person_in_force());
grant select, insert, update (used_at, withdrawn_at, user_id) on account_link to portal_app;

-- A link opens one account: whose address an open invitation names may be made, and of whom an open reset is the password may be set.
create policy of_account_link on portal_user for select to portal_app
  using (exists (select from account_link l where l.token_hash = account_link_in_force()
                    and (l.user_id = portal_user.user_id or lower(l.email) = lower(portal_user.email))));
create policy of_invitation on portal_user for insert to portal_app
  with check (exists (select from account_link l where l.token_hash = account_link_in_force() and l.purpose = 'invitation'
                         and l.used_at is null and l.withdrawn_at is null and lower(l.email) = lower(portal_user.email)));
create policy of_reset on portal_user for update to portal_app
  using (exists (select from account_link l where l.token_hash = account_link_in_force() and l.purpose = 'password-reset'
                    and l.used_at is null and l.withdrawn_at is null and l.user_id = portal_user.user_id));
grant insert (user_id, email, display_name, password_hash), update (password_hash) on portal_user to portal_app;
grant insert (site_id, user_id, role), update (role, deactivated_at) on site_member to portal_app;

-- Sessions at a site end with the membership there.
create policy of_site on portal_session for select to portal_app using (site_id = site_in_force());
create policy of_site_ended on portal_session for delete to portal_app using (site_id = site_in_force());

create index audit_event_by_time on audit_event (site_id, at desc, audit_id desc);
create index audit_event_by_user on audit_event (site_id, user_id, at desc);
