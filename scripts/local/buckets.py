"""The platform's buckets in its object store."""

from apps.kit.objects import s3_client

BUCKETS = ("masters", "work", "media")


def make_buckets(endpoint: str, access_key: str, secret_key: str) -> None:
    """The three buckets; those that are there stay."""
    client = s3_client(endpoint, access_key, secret_key)
    known = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
    for bucket in BUCKETS:
        if bucket not in known:
            client.create_bucket(Bucket=bucket)
