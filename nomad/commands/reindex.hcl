# The search index, built anew beside the live one.
name    = "reindex"
service = "catalog"
args    = ["-m", "apps.catalog.main", "reindex"]
