"""Everything stops and starts again: what was there before is there after."""

import pytest

from tests.cluster.stage import ClusterStage

pytestmark = pytest.mark.cluster


def test_data_and_keys_survive_a_restart_of_everything(stage: ClusterStage) -> None:
    video = stage.studio.create({"title": "Still there"})["id"]
    secrets = stage.shell.run("bao", "kv", "get", "-mount=secret", "-format=json", "auth")

    stage.cluster.down()
    assert not stage.cluster.agents.names()
    stage.cluster.up()

    assert stage.until(stage.answers)
    assert stage.until(lambda: stage.studio.session.call("GET", f"/videos/{video}"))["id"] == video
    again = stage.shell.run("bao", "kv", "get", "-mount=secret", "-format=json", "auth")
    assert '"refresh_key"' in again
    assert _data(again) == _data(secrets)


def _data(said: str) -> str:
    return said.partition('"data": {')[2].partition('"metadata"')[0]
