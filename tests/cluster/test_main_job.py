"""The main job on the cluster: through the ingress, by dispatched workers, played in a browser."""

from typing import Any

import httpx
import pytest

from scripts.local.browser import chromium_page, play
from scripts.local.main_job import Played
from scripts.local.parts import sample_film
from scripts.operate import main_job
from tests.cluster.stage import ClusterStage

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def played(stage: ClusterStage) -> tuple[Played, dict[str, Any]]:
    return main_job.run(stage.layout, stage.accounts, sample_film(), "Big Buck Bunny")


def test_a_film_goes_in_and_plays(
    stage: ClusterStage, played: tuple[Played, dict[str, Any]]
) -> None:
    done, figures = played
    assert figures["first_frame_ms"] is not None
    with chromium_page(stage.url) as page:
        watched = play(page, done.ticket, 5)
    assert watched["error"] is None
    assert watched["frames"] > 60
    assert max(watched["heights"]) == 720


def test_several_workers_of_nomad_did_it(
    stage: ClusterStage, played: tuple[Played, dict[str, Any]]
) -> None:
    view = stage.job(played[0].video_id)
    workers = {step["worker"] for step in view["steps"]}
    assert len(workers) == 2
    assert all(step["attempt"] == 1 for step in view["steps"])
    token = stage.shell.environment()["NOMAD_TOKEN"]
    with stage.nomad(token) as nomad:
        for step in view["steps"]:
            worker = nomad.get(f"/v1/allocation/{step['worker']}").json()
            assert worker["JobID"].startswith("transcode/dispatch-")
            assert step["logs"].endswith(f"/ui/allocations/{step['worker']}/worker/logs")


def test_content_keys_lie_under_vaults_key(
    stage: ClusterStage, played: tuple[Played, dict[str, Any]]
) -> None:
    said = stage.inside("playback", _KEYS % played[0].video_id)
    assert said == "{'vault:v1'}"
    stage.cluster.rotation.rotate("content-keys")
    assert stage.inside("playback", _KEYS % played[0].video_id) == "{'vault:v2'}"
    licence = httpx.post(
        f"{stage.url}/drm/clearkey",
        content=b'{"kids": ["AAAAAAAAAAAAAAAAAAAAAA"]}',
        headers={"Authorization": f"Bearer {played[0].ticket['drm']['token']}"},
    )
    # Asked for a key of another film: the keys were opened, and none of them is that one.
    assert (licence.status_code, licence.json()["type"]) == (403, "urn:marquee:licence-refused")


_KEYS = """
import os, psycopg
url = open(os.environ['MARQUEE_DATABASE_URL_FILE']).read().strip()
with psycopg.connect(url) as connection:
    row = connection.execute("SELECT package FROM playback.assets WHERE video_id = '%s'").fetchone()
    print({key['wrapped'].rpartition(':')[0] for key in row[0]['keys']})
"""


def test_deleting_removes_it_everywhere(
    stage: ClusterStage, played: tuple[Played, dict[str, Any]]
) -> None:
    path = played[0].ticket["manifests"]["dash"]
    assert httpx.get(path).status_code == 200
    stage.studio.session.call("DELETE", f"/videos/{played[0].video_id}")
    assert stage.until(lambda: httpx.get(path).status_code == 404)
    assert stage.until(
        lambda: httpx.get(f"{stage.url}/titles/{played[0].video_id}").status_code == 404
    )
