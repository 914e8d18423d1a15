"""Runs one service from the checkout, reloading, against the rest of the running platform."""

import argparse
import signal
import sys
import threading

from scripts.local.errors import LauncherError
from scripts.local.parts import find_parts
from scripts.local.places import Places
from scripts.local.progress import complain, say
from scripts.local.running import platform_secrets
from scripts.local.secret_files import SERVICES
from scripts.local.services import app_part, run_file_of, sidecar_part
from scripts.local.supervisor import Supervisor


def main() -> int:
    """Run one service with its sidecar, reloading, against the rest: scripts/up --no-film --without SERVICE."""
    parser = argparse.ArgumentParser(prog="scripts/dev", description=main.__doc__)
    parser.add_argument("service", choices=SERVICES)
    service = parser.parse_args().service
    places = Places.usual()
    try:
        secrets, run_file = platform_secrets(places), run_file_of(places)
        own = Supervisor(Places(places.home / "dev" / service, places.shift))
        app = next(app for app in run_file["apps"] if app["appID"] == service)
        sidecar = sidecar_part(places, app, find_parts()["daprd"], secrets)
        reloading = app_part(
            app, run_file["common"]["env"], secrets, "--reload", "--reload-dir=apps"
        )
        for part in (sidecar, reloading):
            own.start(part)
    except LauncherError as error:
        complain(
            f"{error}\nIf {service} itself runs there: scripts/up --no-film --without {service}"
        )
        return 1
    say(f"{service} reloads on every change. Its log: {own.log(service)}. Ctrl-C stops it.")
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    own.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
