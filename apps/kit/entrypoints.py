"""How facts come in: a subscription per topic, and a verdict for every delivery."""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from dapr.ext.fastapi import DaprApp
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from apps.contracts.fact import Fact
from apps.kit.database import is_transient
from apps.kit.errors import OutOfOrderError, UnavailableError
from apps.kit.inbox import Inbox
from apps.kit.metrics import FACTS_HEARD
from apps.kit.tracing import span

log = logging.getLogger(__name__)

PUBSUB = "pubsub"
ATTEMPTS = 5
SUCCESS, RETRY, DROP = "SUCCESS", "RETRY", "DROP"

Heard = TypeVar("Heard", bound=Fact)


@dataclass(frozen=True)
class Subscription:
    """One topic, the fact it carries, and the use case that it leads to."""

    fact: type[Fact]
    handle: Callable[[Any], object]


def hear(fact: type[Heard], handle: Callable[[Heard], object]) -> Subscription:
    """Lead a fact to a use case."""
    return Subscription(fact, handle)


class Entrypoints:
    """Judges each delivery: taken, to be tried again, or dead."""

    def __init__(self, service: str, subscriptions: Iterable[Subscription], inbox: Inbox) -> None:
        self._service = service
        self._subscriptions = {each.fact.topic: each for each in subscriptions}
        self._inbox = inbox

    def mount(self, app: FastAPI) -> None:
        """Tell the sidecar what this service hears, and give each topic its route."""
        dapr = DaprApp(app, router_tags=["internal"])
        dead = f"{self._service}.dead"
        for topic in self._subscriptions:
            self._subscribe(dapr, topic, dead)
        if self._subscriptions:
            self._subscribe(dapr, dead, None)

    def _subscribe(self, dapr: DaprApp, topic: str, dead: str | None) -> None:
        async def deliver(request: Request) -> Response:
            raw = await request.body()
            status, verdict = await run_in_threadpool(self.judge, topic, raw)
            return JSONResponse({"status": verdict}, status)

        deliver.__name__ = f"hear_{topic.replace('.', '_')}"
        route = f"/events/{topic}"
        dapr.subscribe(PUBSUB, topic, {}, route, dead)(deliver)

    def judge(self, topic: str, raw: bytes) -> tuple[int, str]:
        """The HTTP status and verdict of one delivery: a CloudEvent as JSON."""
        try:
            event = json.loads(raw)
            event_id, data = str(event["id"]), event["data"]
        except (ValueError, KeyError, TypeError):
            log.error("malformed event dropped", extra={"topic": topic})
            return self._count(topic, 200, DROP)
        carrier = {"traceparent": str(event.get("traceparent", ""))}
        with span(f"hear {topic}", carrier, SpanKind.CONSUMER):
            subscription = self._subscriptions.get(topic)
            if subscription is None:
                self._inbox.bury(event_id, str(event.get("topic", topic)), data, "by the sidecar")
                return self._count(topic, 200, SUCCESS)
            return self._count(topic, *self._take(subscription, topic, event_id, data))

    def _take(
        self, subscription: Subscription, topic: str, event_id: str, data: object
    ) -> tuple[int, str]:
        try:
            subscription.handle(subscription.fact.model_validate(data))
            # After its effect: an event that is delivered twice has it once, one that is not noted comes again.
            self._inbox.taken(event_id, topic)
        except ValidationError as error:
            self._inbox.bury(event_id, topic, data, str(error))
            log.error("malformed fact buried", extra={"topic": topic, "event_id": event_id})
            return 200, SUCCESS
        except OutOfOrderError as early:
            log.info("fact came early", extra={"topic": topic, "detail": str(early)})
            return 200, RETRY
        except Exception as error:  # noqa: BLE001 - every failure of a handler gets a verdict
            return self._failed(error, topic, event_id, data)
        return 200, SUCCESS

    def _failed(self, error: Exception, topic: str, event_id: str, data: object) -> tuple[int, str]:
        if is_transient(error) or isinstance(error, UnavailableError | ConnectionError):
            log.warning("fact delayed", extra={"topic": topic, "error": str(error)})
            return 500, RETRY
        attempts = self._inbox.failed(event_id, topic)
        fields = {"topic": topic, "event_id": event_id, "attempts": attempts}
        log.exception("fact failed", exc_info=error, extra=fields)
        if attempts < ATTEMPTS:
            return 500, RETRY
        self._inbox.bury(event_id, topic, data, f"{type(error).__name__}: {error}")
        return 200, SUCCESS

    def _count(self, topic: str, status: int, verdict: str) -> tuple[int, str]:
        FACTS_HEARD.labels(topic, verdict).inc()
        return status, verdict
