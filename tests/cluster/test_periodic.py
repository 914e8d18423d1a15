"""Whatever runs by the clock also runs when it is asked to, and does its work."""

import pytest

from scripts.operate.layout import NOMAD
from tests.cluster.stage import ClusterStage

pytestmark = pytest.mark.cluster

JOBS = sorted(path.stem for path in (NOMAD / "periodic").glob("*.hcl"))


@pytest.mark.parametrize("job", JOBS)
def test_a_periodic_job_ends_well(stage: ClusterStage, job: str) -> None:
    earlier = {name for name, _ in stage.jobs.names()}
    stage.shell.run("nomad", "job", "periodic", "force", "-detach", job)

    def ended() -> set[str]:
        """How the run's allocations ended, once one has."""
        for name, _ in stage.jobs.names():
            if name.startswith(f"{job}/periodic-") and name not in earlier:
                listed = stage.shell.nomad(f"/v1/job/{name}/allocations")
                return {each["ClientStatus"] for each in listed} & {"complete", "failed"}
        return set()

    assert stage.until(ended, 90) == {"complete"}
