# Uploads that expired or were abandoned, and their parts.
name    = "sweep-uploads"
service = "videos"
cron    = "*/30 * * * *"
args    = ["-m", "apps.videos.main", "sweep"]
