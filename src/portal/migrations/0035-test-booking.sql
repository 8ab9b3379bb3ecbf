-- The booking of the EMR that a certificate may try a confirmation on, named by the clinic; null: none.

alter table connect.connection add column test_booking_id text collate "C" check (test_booking_id ~ '^[A-Za-z0-9.-]{1,64}$');
