-- Whether ticks arrive: cron only says that a call was queued, this what came of it. One row for each kind of answer.
select status_code, timed_out, left(error_msg, 200) as error, count(*), max(created) as latest
from net._http_response
where created > now() - interval '15 minutes'
group by 1, 2, 3
order by latest desc;
