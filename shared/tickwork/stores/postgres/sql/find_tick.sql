select max(ticked_at) from tickwork.ticks
