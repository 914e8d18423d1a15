# Dead letters and facts that wait for too long, for every service: a line each, and a failed run if any.
name = "report"
cron = "*/15 * * * *"
args = ["-m", "scripts.operate.report"]
