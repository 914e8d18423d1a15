"""New secrets in the places of old ones, while everything runs."""

import time
from collections.abc import Iterable, Mapping, Sequence

from scripts.local.errors import LauncherError
from scripts.local.places import Places
from scripts.local.progress import step
from scripts.local.secret_files import SERVICES, begin_rotation, end_rotation
from scripts.operate import credentials
from scripts.operate.jobs import Jobs
from scripts.operate.layout import Layout
from scripts.operate.shell import Shell

# Who gets the new secret first, so that nobody meets a key that it does not know yet.
STEPS: Mapping[str, Sequence[Sequence[str]]] = {
    # Edge knows the new key before playback signs with it.
    "delivery-keys": (("edge",), ("playback",)),
    # The gateway turns to the key that all know already; then all learn the one after it.
    "internal-keys": (("gateway",), tuple(name for name in SERVICES if name != "gateway")),
    # A cookie that another instance sealed opens by either key.
    "cookie-keys": (("gateway",),),
    # Between an app and its own sidecar only: new instances have both.
    "sidecar-tokens": (SERVICES,),
}


class Rotation:
    """What an operator does on a schedule, or when a secret has leaked."""

    def __init__(self, layout: Layout, shell: Shell, jobs: Jobs) -> None:
        self._layout = layout
        self._shell = shell
        self._jobs = jobs

    def rotate(self, kind: str) -> None:
        """Replace a kind of secret; LauncherError while a deployment is under way."""
        if kind == "content-keys":
            self._content_keys()
            return
        self._check_at_rest(name for services in STEPS[kind] for name in services)
        places = Places(self._layout.keys)
        begin_rotation(places, kind)
        for services in STEPS[kind]:
            with step(f"{kind}: {', '.join(services)}"):
                credentials.write_secrets(self._layout, self._shell, only=services)
                self._renew(services)
        end_rotation(places)

    def _content_keys(self) -> None:
        """A new version of the key that wraps content keys, and every row under it."""
        self._shell.run("bao", "write", "-f", "transit/keys/content-keys/rotate")
        for service in ("transcoding", "playback"):
            self._jobs.once(f"rewrap-{service}", self._jobs.release(service))

    def _renew(self, services: Sequence[str]) -> None:
        moment = time.strftime("%Y%m%d-%H%M%S")
        for name in services:
            self._jobs.service(name, self._jobs.release(name), secrets=moment)
        self._jobs.wait_deployed(services)

    def _check_at_rest(self, services: Iterable[str]) -> None:
        for name in services:
            found = self._jobs.deployment(name)
            if found is not None and found["Status"] == "running":
                raise LauncherError(
                    f"a deployment of {name} is under way. First: scripts/cluster promote {name},"
                    f" or scripts/cluster rollback {name}"
                )
