"""Builds the search index of the running platform anew."""

import argparse
import sys

from scripts.local.errors import LauncherError
from scripts.local.progress import complain
from scripts.local.running import run_command


def main() -> int:
    """Fill a new collection from all titles and swap it in; searches go on all the while."""
    argparse.ArgumentParser(prog="scripts/reindex", description=main.__doc__).parse_args()
    try:
        return run_command("catalog", "reindex")
    except LauncherError as error:
        complain(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
