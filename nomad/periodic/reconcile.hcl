# Facts that the broker took and lost, because it lost its own data: their publishers send them again.
name = "reconcile"
cron = "*/5 * * * *"
args = ["-m", "scripts.local.reconcile"]
