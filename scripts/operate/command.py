"""The operators' command line."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scripts.clients.session import ApiError
from scripts.local.errors import LauncherError
from scripts.local.main_job import FilmRefusedError
from scripts.local.parts import sample_film
from scripts.local.progress import complain, say
from scripts.local.secret_files import SERVICES
from scripts.operate import main_job
from scripts.operate.cluster import Cluster
from scripts.operate.layout import STORES, Layout
from scripts.operate.rollout import drain
from scripts.operate.rotation import STEPS

Act = Callable[[Cluster, argparse.Namespace], None]


def main() -> int:
    """Make a cluster on this machine, and operate it; `--print` shows the commands by which it is done."""
    asked = _parser().parse_args()
    cluster = Cluster(Layout.usual(asked.clients), printing=asked.print)
    try:
        asked.act(cluster, asked)
    except (LauncherError, FilmRefusedError, ApiError, TimeoutError) as error:
        complain(str(error))
        return 1
    return 0


def _up(cluster: Cluster, _: argparse.Namespace) -> None:
    began = time.monotonic()
    cluster.up()
    say(f"\nReady after {time.monotonic() - began:.0f} s")
    say(f"  ingress        {cluster.layout.api_url}/")
    say(f"  Nomad          {cluster.layout.nomad_url}/ui")
    say(f"  Consul         {cluster.layout.consul_url}/ui")
    say(f"  Vault          {cluster.layout.vault_url}/ui")
    say(f"  certificates   {cluster.layout.tls}")
    say('  commands       eval "$(scripts/cluster env)"')


def _main_job(cluster: Cluster, asked: argparse.Namespace) -> None:
    film = Path(asked.film) if asked.film else sample_film()
    title = film.stem if asked.film else "Big Buck Bunny (trailer)"
    _, figures = main_job.run(
        cluster.layout, main_job.accounts(cluster.layout, cluster.jobs), film, title
    )
    for name, value in figures.items():
        say(f"  {name:<20} {'-' if value is None else f'{value:.2f}'}")


def _status(cluster: Cluster, _: argparse.Namespace) -> None:
    for name in cluster.agents.names():
        say(f"  {name:<20} {'runs' if cluster.agents.running(name) else 'is DOWN'}")
    if not cluster.agents.running("nomad-server"):
        raise LauncherError("the cluster is not up. Start it: scripts/cluster up")
    if cluster.bootstrap.sealed():
        complain("  Vault is SEALED: nobody gets a new secret. Open it: scripts/cluster unseal")
    cluster.shell.show("nomad", "node", "status")
    cluster.shell.show("nomad", "job", "status", "-namespace=*")


def _logs(cluster: Cluster, asked: argparse.Namespace) -> None:
    follow = ["-f"] if asked.follow else []
    task = "store" if asked.service in STORES else asked.task
    allocation = cluster.jobs.allocations(asked.service)[0]["ID"]
    cluster.shell.show("nomad", "alloc", "logs", "-tail", "-n=100", *follow, allocation, task)


def _drain(cluster: Cluster, asked: argparse.Namespace) -> None:
    drain(cluster.shell, asked.client, cluster.shell.nomad("/v1/nodes"), undo=asked.undo)


def _env(cluster: Cluster, _: argparse.Namespace) -> None:
    for name, value in cluster.shell.environment().items():
        say(f"export {name}={value}")
    say(f"export PATH={cluster.layout.bin}:$PATH")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/cluster", description=main.__doc__)
    parser.add_argument("--clients", metavar="N", type=int, default=2, help="hosts that run jobs")
    parser.add_argument("--print", action="store_true", help="show each command before it runs")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, said: str, act: Act) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=said)
        made.set_defaults(act=act)
        return made

    command("up", "make or start the cluster, with everything on it", _up)
    command("down", "stop everything; data and keys are kept", lambda cluster, _: cluster.down())
    command("status", "agents, hosts and jobs", _status)
    command("env", "addresses and tokens for nomad, consul and bao, for `eval`", _env)
    film = command("main-job", "a film goes in through the ingress, and plays", _main_job)
    film.add_argument("--film", metavar="FILE", help="take this film instead of the sample")
    logs = command("logs", "the last lines of a service or store", _logs)
    logs.add_argument("service", choices=[*SERVICES, *STORES])
    logs.add_argument("--task", default="app", help="app, daprd or connect-proxy-SERVICE")
    logs.add_argument("--follow", action="store_true")
    draining = command("drain", "move everything off a client", _drain)
    draining.add_argument("client")
    draining.add_argument("--undo", action="store_true", help="let it take work again")
    command("unseal", "open Vault with the key that `up` kept", lambda c, _: c.bootstrap.unseal())
    rotating = command(
        "rotate",
        "a new secret in an old one's place, while everything runs",
        lambda c, asked: c.rotation.rotate(asked.secret),
    )
    rotating.add_argument("secret", choices=["content-keys", *STEPS])
    _rollouts(command)
    return parser


def _rollouts(command: Callable[[str, str, Act], argparse.ArgumentParser]) -> None:
    deploy = command(
        "deploy",
        "the checkout's version of a service, instance by instance",
        lambda c, asked: c.rollout.deploy(asked.service, asked.version),
    )
    canary = command(
        "canary",
        "a share of the requests to the checkout's version",
        lambda c, asked: c.rollout.canary(asked.service, asked.share, asked.version),
    )
    canary.add_argument("--share", type=int, default=10, help="of a hundred requests")
    promote = command(
        "promote", "the canary takes over", lambda c, asked: c.rollout.promote(asked.service)
    )
    rollback = command(
        "rollback", "back to the version before", lambda c, asked: c.rollout.rollback(asked.service)
    )
    for each in (deploy, canary, promote, rollback):
        each.add_argument("service", choices=SERVICES)
    for each in (deploy, canary):
        each.add_argument("--version", help="the release's name; default: commit and moment")


if __name__ == "__main__":
    sys.exit(main())
