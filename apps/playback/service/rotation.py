"""Content keys under the newest wrapping key, after Vault's was rotated."""

from apps.contracts.transcoding import Rewrap
from apps.playback.ports import OpenWork

BATCH = 50


class KeyRotation:
    """Rewraps playback's own rows; keys in the clear are never seen."""

    def __init__(self, open_work: OpenWork, rewrap: Rewrap) -> None:
        self._open_work = open_work
        self._rewrap = rewrap

    def run(self) -> int:
        """Rewrap every asset and every session that runs; how many changed."""
        return self._assets() + self._sessions()

    def _assets(self) -> int:
        changed, after = 0, None
        while True:
            with self._open_work() as work:
                assets = work.assets.lock_after(after, BATCH)
                for asset in assets:
                    rewrapped = asset.rewrapped(self._rewrap)
                    if rewrapped != asset:
                        work.assets.save(rewrapped)
                        changed += 1
            if not assets:
                return changed
            after = assets[-1].video_id

    def _sessions(self) -> int:
        changed, after = 0, None
        while True:
            with self._open_work() as work:
                sessions = work.sessions.lock_after(after, BATCH)
                for session in sessions:
                    rewrapped = session.rewrapped(self._rewrap)
                    if rewrapped != session:
                        work.sessions.save(rewrapped)
                        changed += 1
            if not sessions:
                return changed
            after = sessions[-1].id
