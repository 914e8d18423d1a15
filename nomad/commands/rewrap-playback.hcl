# Content keys of assets and sessions under the newest version of Vault's key, after a rotation.
name    = "rewrap-playback"
service = "playback"
args    = ["-m", "apps.playback.main", "rewrap"]
