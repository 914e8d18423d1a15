# A further key for access tokens each Sunday: published at once, it signs two hours later.
name    = "rotate-signing-keys"
service = "auth"
cron    = "0 4 * * 0"
args    = ["-m", "apps.auth.main", "rotate-keys"]
