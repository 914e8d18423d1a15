"""A worker: takes steps until it is stopped, renewing its lease while it works."""

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Protocol

from apps.kit.database import ReadUrl, connect, is_transient
from apps.kit.errors import UnavailableError
from apps.transcoding.domain.failure import Failure, FailureKind, StepFailedError
from apps.transcoding.domain.step import LEASE, StepResult
from apps.transcoding.media.bench import Bench
from apps.transcoding.service.steps import Claim, TranscodingSteps

log = logging.getLogger(__name__)

RENEW_SECONDS = LEASE.total_seconds() / 4
IDLE_SECONDS = 2.0
# How long a finished step waits for a store that is away, before its lease decides.
REPORT_SECONDS = 60.0


class Bell(Protocol):
    """Rings when there may be something to do."""

    def wait(self, seconds: float) -> None:
        """Return at the ring, or after `seconds`."""
        ...


class StepBell:
    """PostgreSQL's notifications of ready steps; a lost connection means waiting by the clock."""

    def __init__(self, read_url: ReadUrl) -> None:
        self._listener = connect(read_url, "transcoding", autocommit=True)
        self._listener.execute("LISTEN transcoding_steps")

    def wait(self, seconds: float) -> None:
        """Return at the ring, or after `seconds`."""
        for _ in self._listener.notifies(timeout=seconds, stop_after=1):
            return


class Worker:
    """One step at a time."""

    def __init__(self, name: str, steps: TranscodingSteps, bench: Bench) -> None:
        self._name = name
        self._steps = steps
        self._bench = bench

    def run(
        self,
        stop: Callable[[], bool],
        open_bell: Callable[[], Bell],
        *,
        idle_seconds: float = math.inf,
    ) -> None:
        """Take steps until `stop`, or until there were none for so long; stores away are waited for."""
        bell: Bell | None = None
        busy = time.monotonic()
        while not stop() and time.monotonic() - busy < idle_seconds:
            try:
                bell = bell or open_bell()
                claim = self._steps.claim(self._name)
                if claim is None:
                    bell.wait(IDLE_SECONDS)
                else:
                    self.work(claim)
                    busy = time.monotonic()
            except Exception as error:  # noqa: BLE001 - a worker outlives whatever goes wrong
                log.warning("worker waits", extra={"error": f"{type(error).__name__}: {error}"})
                bell = None
                time.sleep(1.0)

    def work(self, claim: Claim) -> None:
        """Do one step and report it."""
        with _Lease(self._steps, claim) as lease:
            outcome = self._attempt(claim, lease)
        self._report(claim, outcome)

    def _attempt(self, claim: Claim, lease: "_Lease") -> StepResult | Failure:
        log.info("step", extra={"step": claim.step.name, "job_id": claim.job.id})
        try:
            return self._bench.do(
                claim,
                lambda: lease.held,
                lambda package: _ignore(self._steps.announce_playable(claim.step, package)),
            )
        except StepFailedError as failed:
            return failed.failure
        except UnavailableError as away:
            return Failure(FailureKind.STORE, "store_away", away.detail)
        except Exception as error:
            log.exception("step failed unexpectedly", extra={"step": claim.step.name})
            if is_transient(error):
                return Failure(FailureKind.STORE, "store_away", str(error)[:200])
            return Failure(FailureKind.ENCODER, "unexpected", f"{type(error).__name__}: {error}")

    def _report(self, claim: Claim, outcome: StepResult | Failure) -> None:
        give_up = time.monotonic() + REPORT_SECONDS
        while True:
            try:
                if isinstance(outcome, StepResult):
                    self._steps.finish(claim.step, outcome)
                else:
                    self._steps.fail(claim.step, outcome)
                return
            except Exception as error:
                if not is_transient(error) or time.monotonic() > give_up:
                    raise
                time.sleep(0.5)


class _Lease:
    """Renews a step's lease in a thread; `held` turns false when it is another's to do."""

    def __init__(self, steps: TranscodingSteps, claim: Claim) -> None:
        self._steps = steps
        self._claim = claim
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)
        self.held = True

    def __enter__(self) -> "_Lease":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _renew(self) -> None:
        while not self._done.wait(RENEW_SECONDS):
            try:
                self.held = self._steps.renew(self._claim.step)
            except Exception as error:  # noqa: BLE001 - the store may be back before the lease ends
                log.warning("lease not renewed", extra={"error": str(error)[:200]})
            if not self.held:
                return


def _ignore(_: object) -> None:
    return None
