-- Another address or another client may be another EMR: what the old one listed is forgotten, and the places up to which it was
-- read mean nothing there. Whoever saves the settings says so in the same transaction.
grant delete on connect.roster_entry to connect_app;
grant update (cursor_at) on connect.slice_cursor to connect_app;
