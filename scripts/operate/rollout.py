"""New versions: at once, or a share of the requests first; and back again."""

from collections.abc import Sequence

from scripts.local.errors import LauncherError
from scripts.local.progress import step
from scripts.operate import mesh, releases
from scripts.operate.jobs import Jobs
from scripts.operate.layout import Layout
from scripts.operate.shell import Shell


class Rollout:
    """Deploys services of a running cluster."""

    def __init__(self, layout: Layout, shell: Shell, jobs: Jobs) -> None:
        self._layout = layout
        self._shell = shell
        self._jobs = jobs

    def deploy(self, service: str, version: str | None = None) -> None:
        """Replace a service, instance by instance; a version that does not become healthy is reverted."""
        release = releases.make_release(self._layout, version)
        if service == "transcoding":
            self._jobs.plain("transcode", f"-var=release={release}")
        with step(f"{service} {release.name}"):
            self._jobs.service(service, release)
            self._jobs.wait_deployed([service])

    def canary(self, service: str, share: int, version: str | None = None) -> None:
        """One instance of the new version beside the old ones, for `share` of a hundred requests."""
        release = releases.make_release(self._layout, version)
        with step(f"{share} of 100 requests to {service} {release.name}"):
            self._jobs.service(service, release, promote=False)
            self._jobs.wait_canary(service)
            mesh.split(self._shell, service, share)

    def promote(self, service: str) -> None:
        """The canary is good: it takes the old ones' place."""
        deployment = self._waiting(service)
        with step(f"promote {service}"):
            # First, or the canary's subset would be empty while requests are still sent to it.
            mesh.unsplit(self._shell, service)
            self._shell.run("nomad", "deployment", "promote", "-detach", deployment)
            self._jobs.wait_deployed([service])

    def rollback(self, service: str) -> None:
        """Back to the version before: of a canary at once, of a finished deployment by another one."""
        mesh.unsplit(self._shell, service)
        found = self._jobs.deployment(service)
        if found is not None and found["Status"] == "running":
            self._shell.run("nomad", "deployment", "fail", "-detach", found["ID"])
            return
        before = self._jobs.version_before(service)
        if before is None:
            raise LauncherError(f"{service} has no earlier version that was healthy")
        with step(f"{service} back to version {before}"):
            self._shell.run("nomad", "job", "revert", "-detach", service, str(before))
            self._jobs.wait_deployed([service])

    def _waiting(self, service: str) -> str:
        found = self._jobs.deployment(service)
        if found is None or found["Status"] != "running":
            raise LauncherError(
                f"no canary of {service} waits. First: scripts/cluster canary {service}"
            )
        return str(found["ID"])


def drain(shell: Shell, client: str, nodes: Sequence[dict[str, str]], *, undo: bool) -> None:
    """Move everything off a client, or let it take work again."""
    found = [node["ID"] for node in nodes if node["Name"] == client]
    if not found:
        known = ", ".join(node["Name"] for node in nodes)
        raise LauncherError(f"no client {client}; there are {known}")
    if undo:
        shell.run("nomad", "node", "drain", "-disable", "-yes", found[0])
    else:
        shell.run("nomad", "node", "drain", "-enable", "-yes", "-deadline=2m", found[0])
