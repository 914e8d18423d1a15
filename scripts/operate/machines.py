"""Hosts on one machine: network namespaces on one bridge, so that the mesh really crosses hosts."""

import re
import subprocess
from pathlib import Path

import psutil

from scripts.local.errors import LauncherError
from scripts.operate.layout import DOMAIN, NETWORK, OPERATOR_ADDRESS, Host, Layout

SWITCH = "mq-switch"
BRIDGE_MAC = "02:00:00:00:00:01"
_HOSTS_FILE = Path("/etc/hosts")
_MARK = "# marquee cluster"


def make_hosts(layout: Layout) -> None:
    """A namespace for each host, a switch between them, and a leg of it for the operator."""
    if _namespaces() & {SWITCH, *(host.namespace for host in layout.hosts)}:
        return
    _check_free()
    _ip("netns", "add", SWITCH)
    _ip("-n", SWITCH, "link", "add", "br0", "type", "bridge")
    for device in ("br0", "lo"):
        _ip("-n", SWITCH, "link", "set", device, "up")
    for host in layout.hosts:
        _make_host(host)
    _ip("link", "add", "mq-operator", "type", "veth", "peer", "name", "operator", "netns", SWITCH)
    _ip("-n", SWITCH, "link", "set", "operator", "master", "br0", "up")
    _ip("addr", "add", f"{OPERATOR_ADDRESS}/24", "dev", "mq-operator")
    _ip("link", "set", "mq-operator", "up")


def remove_hosts(layout: Layout) -> None:
    """End what still runs on the hosts, then take them and their allocations' networks away."""
    for host in layout.hosts:
        _remove(host.namespace)
        for allocation in (layout.data(host) / "alloc").glob("*"):
            _remove(allocation.name)
    _remove(SWITCH)
    _unmount(layout.home)


def _unmount(folder: Path) -> None:
    """The memory file systems in which allocations kept their secrets."""
    for partition in psutil.disk_partitions(all=True):
        if Path(partition.mountpoint).is_relative_to(folder):
            subprocess.run(["umount", partition.mountpoint], check=True)


def _remove(namespace: str) -> None:
    if namespace in _namespaces():
        _end(_processes(namespace))
        _ip("netns", "delete", namespace)


def name_ingress(address: str | None) -> None:
    """Let this machine find the ingress by its names, or forget them."""
    lines = [line for line in _HOSTS_FILE.read_text().splitlines() if _MARK not in line]
    if address is not None:
        names = " ".join(f"{name}.{DOMAIN}" for name in ("api", "media", "upload"))
        lines.append(f"{address} {names} {_MARK}")
    _HOSTS_FILE.write_text("\n".join(lines) + "\n")


def _make_host(host: Host) -> None:
    cable = re.sub(r"[^a-z0-9]", "", host.name)[:12]
    _ip("netns", "add", host.namespace)
    _ip("-n", SWITCH, "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns",
        host.namespace)  # fmt: skip
    _ip("-n", SWITCH, "link", "set", cable, "master", "br0", "up")
    _ip("-n", host.namespace, "addr", "add", f"{host.address}/24", "dev", "eth0")
    for device in ("eth0", "lo"):
        _ip("-n", host.namespace, "link", "set", device, "up")
    # Nomad's own bridge: allocations that start at once would race to make it. Its address is set, because
    # a bridge that takes it from its ports has none after the last one left, and CNI cannot set none.
    _ip("-n", host.namespace, "link", "add", "nomad", "address", BRIDGE_MAC, "type", "bridge")
    _ip("-n", host.namespace, "link", "set", "nomad", "up")
    _ip("-n", host.namespace, "route", "add", "default", "via", OPERATOR_ADDRESS)


def _check_free() -> None:
    taken = re.search(rf"^.*\b{re.escape(NETWORK)}\..*$", _ip("-o", "addr"), re.MULTILINE)
    if taken:
        raise LauncherError(
            f"the network {NETWORK}.0/24 is in use: {taken.group().strip()}."
            " Take that address away, or stop what uses it"
        )


def _namespaces() -> set[str]:
    return {line.split()[0] for line in _ip("netns", "list").splitlines() if line.strip()}


def _processes(namespace: str) -> list[psutil.Process]:
    found = []
    for pid in _ip("netns", "pids", namespace).split():
        try:
            process = psutil.Process(int(pid))
            found += [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
    return found


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=10)


def _ip(*arguments: str) -> str:
    ran = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise LauncherError(f"ip {' '.join(arguments)} failed: {ran.stderr.strip()}")
    return ran.stdout
