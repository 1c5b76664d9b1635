insert into tickwork.ticks (ticked_at) values (now()) on conflict (single) do update set ticked_at = excluded.ticked_at
