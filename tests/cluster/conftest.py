"""What the cluster's tests stand on: one cluster for all of them, of their own."""

import os
from collections.abc import Iterator

import pytest

from scripts.local.places import cache_folder
from scripts.operate.agents import Agents
from scripts.operate.cluster import Cluster
from scripts.operate.layout import Layout
from tests.cluster.stage import ClusterStage


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A cluster from nothing; with MARQUEE_CLUSTER=up the one that runs already, which is left alone."""
    if os.geteuid() != 0:
        pytest.skip("NOT TESTED: a cluster needs root, to make its hosts' network namespaces")
    if os.environ.get("MARQUEE_CLUSTER") == "up":
        yield Cluster(Layout.usual())
        return
    if Agents(Layout.usual()).running("nomad-server"):
        pytest.exit("a cluster is up: scripts/cluster down, or test it: MARQUEE_CLUSTER=up", 1)
    layout = Layout(cache_folder() / "test")
    cluster = Cluster(layout)
    cluster.erase()
    try:
        cluster.up()
        yield cluster
    finally:
        cluster.down()


@pytest.fixture(scope="session")
def stage(cluster: Cluster) -> Iterator[ClusterStage]:
    """The cluster with a studio and a viewer."""
    opened = ClusterStage(cluster)
    yield opened
    opened.close()
