"""Nomad's jobs: submitted, waited for, and looked at."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from scripts.local.errors import LauncherError
from scripts.operate.layout import NOMAD, STORES, Layout
from scripts.operate.shell import Shell

DEPLOY_SECONDS = 180


class Jobs:
    """What an operator does with `nomad job`."""

    def __init__(self, layout: Layout, shell: Shell) -> None:
        self._layout = layout
        self._shell = shell

    def store(self, name: str) -> None:
        """Run a store."""
        self._run(
            NOMAD / "infrastructure/store.nomad.hcl",
            f"-var-file={NOMAD}/infrastructure/vars/{name}.hcl",
            *self._programs(),
        )

    def service(self, name: str, release: Path, *, promote: bool = True, **more: str) -> None:
        """Run a service's release; `more` are further variables of the job."""
        self._run(
            NOMAD / "service.nomad.hcl",
            # As many as the autoscaler has made of them.
            "-preserve-counts",
            f"-var-file={NOMAD}/vars/{name}.hcl",
            *self._programs(),
            f"-var=python={self._layout.bin}/python",
            f"-var=release={release}",
            f"-var=version={release.name}",
            f"-var=auto_promote={str(promote).lower()}",
            *(f"-var={key}={value}" for key, value in more.items()),
        )

    def plain(self, name: str, *variables: str) -> None:
        """Run a job that has a file of its own."""
        self._run(NOMAD / f"{name}.nomad.hcl", *self._programs(), *variables)

    def once(self, name: str, release: Path) -> None:
        """Run a command beside the services, to its end; LauncherError when it fails."""
        # Nomad takes the same job twice for one that is done.
        self._stop((job for job in self.names() if job[0] == name), "-purge")
        self.command(NOMAD / f"commands/{name}.hcl", release)
        self._until(name, lambda: self._done(name), DEPLOY_SECONDS)

    def command(self, path: Path, release: Path) -> None:
        """Submit a command that runs now, or by its clock."""
        self._run(
            NOMAD / "command.nomad.hcl",
            f"-var-file={path}",
            *self._programs(),
            f"-var=release={release}",
        )

    def wait_deployed(self, names: Iterable[str], seconds: float = DEPLOY_SECONDS) -> None:
        """Until the version of each job that was submitted last is deployed; LauncherError if it fails."""
        for name, version in [(name, self.version(name)) for name in names]:
            deployed = partial(self._deployed, name, version)
            self._until(f"the deployment of {name}", deployed, seconds, of=name)

    def deployment(self, name: str, version: int | None = None) -> dict[str, Any] | None:
        """The deployment of a job's version, by default of the last one."""
        wanted = self.version(name) if version is None else version
        listed = self._shell.nomad(f"/v1/job/{name}/deployments") or []
        found = [each for each in listed if each["JobVersion"] == wanted]
        return max(found, key=lambda each: int(each["CreateIndex"]), default=None)

    def version(self, name: str) -> int:
        """The version of a job that was submitted last."""
        return int(self._shell.nomad(f"/v1/job/{name}")["Version"])

    def version_before(self, name: str) -> int | None:
        """The last healthy version of a job with another release than it has now."""
        newest, *older = self._shell.nomad(f"/v1/job/{name}/versions")["Versions"]
        release = newest["Meta"]["version"]
        good = (v for v in older if v["Stable"] and v["Meta"]["version"] != release)
        return next((int(version["Version"]) for version in good), None)

    def release(self, name: str) -> Path:
        """The release that a service was submitted with last."""
        return self._layout.releases / str(self._shell.nomad(f"/v1/job/{name}")["Meta"]["version"])

    def wait_canary(self, name: str, seconds: float = DEPLOY_SECONDS) -> None:
        """Until the canary of a job is healthy and waits for its promotion."""
        self._until(f"the canary of {name}", partial(self._canary_waits, name), seconds)

    def _canary_waits(self, name: str) -> bool:
        found = self.deployment(name)
        if found is None:
            return False
        if found["Status"] != "running":
            raise LauncherError(f"{name}: {found['StatusDescription']}. {self._why(name)}")
        groups = found["TaskGroups"].values()
        return all(group["HealthyAllocs"] >= group["DesiredCanaries"] > 0 for group in groups)

    def allocations(self, name: str, *, namespace: str = "default") -> list[dict[str, Any]]:
        """A job's allocations that run, newest first."""
        listed = self._shell.nomad(f"/v1/job/{name}/allocations?namespace={namespace}")
        running = [each for each in listed if each["ClientStatus"] == "running"]
        return sorted(running, key=lambda each: -int(each["CreateIndex"]))

    def execute(self, name: str, task: str, *argv: str, stdin: str | None = None) -> str:
        """Run a command inside a job's newest allocation; what it printed."""
        return self.execute_in(self.allocations(name)[0]["ID"], task, *argv, stdin=stdin)

    def execute_in(self, allocation: str, task: str, *argv: str, stdin: str | None = None) -> str:
        """Run a command inside an allocation; what it printed."""
        flags = ("-i=true" if stdin else "-i=false", "-t=false", f"-task={task}")
        return self._shell.run("nomad", "alloc", "exec", *flags, allocation, *argv, stdin=stdin)

    def names(self) -> list[tuple[str, str]]:
        """Every job, with its namespace."""
        listed = self._shell.nomad("/v1/jobs?namespace=*")
        return [(job["ID"], job["Namespace"]) for job in listed]

    def stop_all(self) -> None:
        """Stop every job: services first, then the stores that they stand on."""
        listed = self.names()
        self._stop(job for job in listed if job[0] not in STORES)
        self._until("the end of the services", lambda: self._running() <= set(STORES), 60)
        self._stop(job for job in listed if job[0] in STORES)
        self._until("the end of the stores", lambda: not self._running(), 60)
        # Only now: of a job that is purged Nomad says at once that it has ended, and it has not.
        self._stop(self.names(), "-purge")

    def _stop(self, jobs: Iterable[tuple[str, str]], *more: str) -> None:
        for name, namespace in jobs:
            flags = (*more, "-detach", f"-namespace={namespace}")
            self._shell.run("nomad", "job", "stop", *flags, name)

    def _running(self) -> set[str]:
        listed = self._shell.nomad("/v1/allocations?namespace=*")
        return {a["JobID"] for a in listed if a["ClientStatus"] in ("running", "pending")}

    def _deployed(self, name: str, version: int) -> bool:
        found = self.deployment(name, version)
        if found is None:
            return False
        if found["Status"] in ("failed", "cancelled"):
            said = f"{name} was not deployed: {found['StatusDescription']}"
            raise LauncherError(f"{said}.\n{self._why(name)}")
        return bool(found["Status"] == "successful")

    def _done(self, name: str) -> bool:
        listed = self._shell.nomad(f"/v1/job/{name}/allocations")
        if any(each["ClientStatus"] == "complete" for each in listed):
            return True
        failed = [each for each in listed if each["ClientStatus"] == "failed"]
        if failed and self._shell.nomad(f"/v1/job/{name}")["Status"] == "dead":
            raise LauncherError(f"{name} failed. {self._why(name)}")
        return False

    def _why(self, name: str) -> str:
        """The last words of a job's newest allocation."""
        listed = self._shell.nomad(f"/v1/job/{name}/allocations")
        words = []
        for each in sorted(listed, key=lambda a: -int(a["CreateIndex"]))[:1]:
            for task, state in (each["TaskStates"] or {}).items():
                words += [
                    f"{task}: {event['DisplayMessage']}" for event in (state["Events"] or ())[-3:]
                ]
        return "\n".join(words)

    def _until(
        self, what: str, check: Callable[[], bool], seconds: float, *, of: str | None = None
    ) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if check():
                return
            time.sleep(0.3)
        said = f"{what} takes longer than {seconds:.0f} s. Look: nomad job status"
        raise LauncherError(f"{said}\n{self._why(of)}" if of else said)

    def _programs(self) -> list[str]:
        return [f"-var=bin={self._layout.bin}"]

    def _run(self, file: Path, *variables: str) -> None:
        self._shell.run("nomad", "job", "run", "-detach", *variables, str(file))
