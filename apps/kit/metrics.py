"""Rate, errors and duration per route and per topic, for Prometheus."""

from prometheus_client import Counter, Histogram

REQUESTS = Histogram(
    "marquee_http_request_seconds",
    "Seconds to answer, per route",
    ("method", "route", "status"),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
FACTS_HEARD = Counter(
    "marquee_facts_heard_total", "Facts delivered to this service", ("topic", "verdict")
)
FACTS_SENT = Counter("marquee_facts_sent_total", "Facts published by the relay", ("topic",))
FACT_LAG = Histogram(
    "marquee_fact_lag_seconds",
    "Seconds from a fact's commit to its publication",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30, 300),
)
UNLIMITED = Counter(
    "marquee_unlimited_requests_total", "Requests while the shared limits were away", ("rate",)
)
