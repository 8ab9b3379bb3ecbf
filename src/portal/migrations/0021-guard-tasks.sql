-- A run that the guard stopped waits for a Site Admin, who decides in Cloud Connect; the staff see that it waits.
alter table staff_task add column run_id text collate "C";
alter table staff_task drop constraint staff_task_one_subject;
alter table staff_task add constraint staff_task_one_subject check (num_nonnulls(write_back_id, link_id, mail_id, run_id) = 1);
alter table staff_task drop constraint staff_task_reason_check;
alter table staff_task add constraint staff_task_reason_check
  check (reason in ('changed', 'deleted', 'not-found', 'refused', 'not-taken', 'too-late', 'locked', 'not-queued', 'mail-uncertain', 'mail-refused',
                    'mail-given-up', 'guarded'));
-- Once a run, whatever becomes of it.
create unique index staff_task_of_run on staff_task (site_id, run_id) where run_id is not null;
grant update (done_at, done_by) on staff_task to portal_sync, connect_app;
