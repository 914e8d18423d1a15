# Every service's schema at its newest version, Vault's own database user, and the three buckets.
name = "migrate"
args = ["-m", "scripts.operate.migrate"]
