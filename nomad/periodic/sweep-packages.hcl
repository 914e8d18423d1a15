# Packages that no commit named, and what was only needed on the way to one.
name    = "sweep-packages"
service = "transcoding"
cron    = "15 * * * *"
args    = ["-m", "apps.transcoding.main", "sweep"]
