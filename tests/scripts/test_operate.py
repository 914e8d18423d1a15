"""What keeps a cluster from being operated is said, with the way out."""

import os
from pathlib import Path
from typing import Any

import pytest

from scripts.local.errors import LauncherError
from scripts.operate import programs
from scripts.operate.agents import Agents, configure
from scripts.operate.cluster import Cluster
from scripts.operate.layout import Layout
from scripts.operate.rollout import drain
from scripts.operate.shell import Shell, patiently


def test_a_path_too_long_for_sockets_is_refused(tmp_path: Path) -> None:
    Layout(Path("/var/cache/marquee/cluster"), 9).check()
    with pytest.raises(LauncherError, match="MARQUEE_CACHE"):
        Layout(tmp_path / ("x" * 60)).check()


def test_a_client_that_is_not_there_is_named(tmp_path: Path) -> None:
    nodes: list[dict[str, Any]] = [{"Name": "client-1", "ID": "1"}, {"Name": "client-2", "ID": "2"}]
    with pytest.raises(LauncherError, match="no client client-3; there are client-1, client-2"):
        drain(Shell(Layout(tmp_path)), "client-3", nodes, undo=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_others_than_root_are_told_so() -> None:
    os.seteuid(65534)
    try:
        with pytest.raises(LauncherError, match="needs root"):
            programs.check_machine()
    finally:
        os.seteuid(0)


def test_missing_packages_are_found_by_what_they_bring(tmp_path: Path) -> None:
    wanted = {"containernetworking-plugins": str(tmp_path / "bridge"), "coreutils": "/usr/bin/env"}
    assert programs.missing_packages(wanted) == ["containernetworking-plugins"]


def test_an_agent_that_died_says_its_last_words(tmp_path: Path) -> None:
    agents = Agents(Layout(tmp_path))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/nomad-server.log").write_text("bind: address already in use\n")
    with pytest.raises(LauncherError, match="address already in use"):
        agents.wait("nomad-server", lambda: False)


def test_every_agents_configuration_can_be_filled_in(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    known = {"GOSSIP_KEY": "g", "CONSUL_NOMAD_TOKEN": "n", "CONSUL_AGENT_TOKEN": "c"}
    for name in (
        "consul-server",
        "consul-client",
        "nomad-server",
        "nomad-client",
        "nomad-volumes",
        "vault",
    ):
        path = configure(layout, layout.server, f"{name}.hcl", **known)
        assert "$" not in path.read_text(), name
        assert path.stat().st_mode & 0o077 == 0, name


def test_a_command_of_no_use_yet_says_what_comes_first(tmp_path: Path) -> None:
    cluster = Cluster(Layout(tmp_path))
    assert cluster.agents.running("nomad-server") is None
    with pytest.raises(LauncherError, match="nowhere else"):
        cluster.bootstrap.unseal()


def test_patience_ends(tmp_path: Path) -> None:
    def never() -> None:
        raise LauncherError("not yet")

    with pytest.raises(LauncherError, match="not yet"):
        patiently(never, 0.1)
