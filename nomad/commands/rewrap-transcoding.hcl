# Content keys of jobs under the newest version of Vault's key, after a rotation.
name    = "rewrap-transcoding"
service = "transcoding"
args    = ["-m", "apps.transcoding.main", "rewrap"]
