-- Where a client says what a change of its user's permissions would start and stop at its own side.
alter table subscription add column impact_endpoint text;
alter table subscription add constraint subscription_impact_check check (impact_endpoint is null or watches = 'permissions');
