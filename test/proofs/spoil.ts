/** A trigger of the portal's database that does to each row what a faulty worker would. */
export const spoil = (table: string, body: string): string =>
  `create or replace function spoil() returns trigger language plpgsql as $$ begin ${body} return new; end $$;
   create trigger spoil before insert or update on ${table} for each row execute function spoil()`;

export const unspoil = 'drop function if exists spoil() cascade';
