"""W3C trace context through HTTP and CloudEvents, by OpenTelemetry."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()


def trace_as(service: str) -> None:
    """Give this process a tracer; spans leave it by the exporters that OTEL_* variables name."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider(resource=Resource({"service.name": service})))


def traceparent() -> str | None:
    """The `traceparent` of the present span, or None outside any."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def span(
    name: str, carrier: Mapping[str, str], kind: SpanKind = SpanKind.SERVER
) -> Iterator[trace.Span]:
    """A span that continues the trace in `carrier` (lower-case header names), or starts one."""
    context = _PROPAGATOR.extract(carrier)
    with trace.get_tracer("marquee").start_as_current_span(name, context, kind=kind) as started:
        yield started
