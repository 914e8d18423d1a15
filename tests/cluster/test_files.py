"""Every file that operators run is well-formed, and the running cluster agrees with it."""

import shlex
import subprocess
from pathlib import Path

import pytest

from scripts.local.places import ROOT
from scripts.operate.layout import CONSUL, NOMAD
from tests.cluster.stage import ClusterStage

pytestmark = pytest.mark.cluster


def jobs() -> list[tuple[str, list[str]]]:
    """Every job file with every var file that belongs to it."""
    plain: list[tuple[str, list[str]]] = [
        (f"{name}.nomad.hcl", []) for name in ("ingress", "transcode", "autoscaler")
    ]
    return [
        *plain,
        *_with("service.nomad.hcl", "vars"),
        *_with("command.nomad.hcl", "commands"),
        *_with("command.nomad.hcl", "periodic"),
        *_with("infrastructure/store.nomad.hcl", "infrastructure/vars"),
    ]


def _with(job: str, folder: str) -> list[tuple[str, list[str]]]:
    return [(job, [f"-var-file={path}"]) for path in sorted((NOMAD / folder).glob("*.hcl"))]


def named(case: object) -> str:
    if isinstance(case, str):
        return case.partition(".")[0]
    assert isinstance(case, list)
    return Path(case[0]).stem if case else "plain"


@pytest.mark.parametrize(("job", "variables"), jobs(), ids=named)
def test_a_job_is_valid_and_can_be_planned(
    stage: ClusterStage, job: str, variables: list[str]
) -> None:
    stage.shell.run("nomad", "job", "validate", *variables, str(NOMAD / job))
    # A plan exits with 1 when it would change something, with 255 when it cannot be made.
    command = ("nomad", "job", "plan", *variables, str(NOMAD / job))
    planned = stage.shell.run("sh", "-c", f"{shlex.join(command)} || test $? = 1")
    assert "Scheduler dry-run" in planned


def test_the_same_template_runs_containers(stage: ClusterStage) -> None:
    """No engine runs here, so this is as far as it can be tested: the job as Nomad would get it."""
    asked = ("-var=driver=docker", "-var=image=marquee:1", f"-var-file={NOMAD}/vars/catalog.hcl")
    job = stage.shell.json("nomad", "job", "run", "-output", *asked, f"{NOMAD}/service.nomad.hcl")
    group = job["Job"]["TaskGroups"][0]
    tasks = [*group["Tasks"], group["Services"][0]["Connect"]["SidecarTask"]]
    assert [(task["Driver"], task["Config"]["image"]) for task in tasks] == [
        ("docker", "marquee:1")
    ] * 3


def test_every_file_is_formatted(stage: ClusterStage) -> None:
    stage.shell.run("nomad", "fmt", "-check", "-recursive", str(NOMAD))
    for path in sorted((ROOT / "vault/policies").glob("*.hcl")):
        text = path.read_text()
        checked = subprocess.run(
            [stage.layout.bin / "bao", "policy", "fmt", path], capture_output=True, check=True
        )
        changed = path.read_text()
        path.write_text(text)
        assert changed == text, (path, checked.stdout)


def test_consul_has_the_entries_of_the_files(stage: ClusterStage) -> None:
    for kind, folder in (
        ("service-defaults", "services"),
        ("service-intentions", "intentions"),
        ("service-resolver", "routing"),
        ("service-router", "routers"),
    ):
        files = {path.stem for path in (CONSUL / folder).glob("*.hcl")}
        listed = stage.shell.run("consul", "config", "list", f"-kind={kind}").split()
        assert files == set(listed) - ({"ingress"} if kind == "service-defaults" else set())
