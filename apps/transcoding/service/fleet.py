"""Keeps as many workers as the queue needs, by a scheduler that is trusted less than the database."""

import logging
from collections.abc import Sequence

from apps.kit.clock import Clock, NewId
from apps.transcoding.domain.fleet import FleetSize, Place, settled
from apps.transcoding.ports import Dispatcher, OpenWork

log = logging.getLogger(__name__)


class TranscodingFleet:
    """Asks for workers; which steps they take, and in which order, the queue decides."""

    def __init__(
        self,
        open_work: OpenWork,
        dispatcher: Dispatcher,
        size: FleetSize,
        *,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._open_work = open_work
        self._dispatcher = dispatcher
        self._size = size
        self._clock = clock
        self._new_id = new_id

    def reconcile(self) -> int:
        """Bring the fleet to the size that the queue needs; how many workers were asked for.

        Killed anywhere, the next run goes on: a place's token is committed before its worker is
        asked for, and the scheduler answers the same token with the same worker.
        """
        # Asked of the scheduler between the two, so that a worker which another service asks for
        # meanwhile is not taken for one that has ended.
        with self._open_work() as work:
            known = {place.worker for place in work.places.lock(self._size.most) if place.worker}
        ended = known - self._dispatcher.alive()
        with self._open_work() as work:
            places = work.places.lock(self._size.most)
            demand = work.steps.demand(self._clock())
            wanted = settled(places, ended, self._size.wanted(demand), self._new_id)
            work.places.save(wanted)
        asked = [place for place in wanted if place.asked]
        self._ask(asked)
        return len(asked)

    def _ask(self, places: Sequence[Place]) -> None:
        for place in places:
            assert place.token is not None
            worker = self._dispatcher.dispatch(place.token)
            log.info("worker asked for", extra={"worker": worker, "place": place.number})
            with self._open_work() as work:
                work.places.save([place.filled(worker)])
