insert into tickwork.migrations (number, name) values (%(number)s, %(name)s) on conflict do nothing
