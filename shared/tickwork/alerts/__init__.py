"""Messages when something is wrong: no tick comes, due jobs wait too long, jobs fail for good.

watch.py    what is news, looked at by ticks that reconcile, and by whoever asks for health
sending.py  one message to one channel · deliveries.py what is to be sent, in threads of its own
channel.py  what a channel is, and which addresses it may have · stores/postgres/alert_store.py its tables
"""
