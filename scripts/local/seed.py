"""Seeds the running catalogue with 17,472 films to come."""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from scripts.local.errors import LauncherError
from scripts.local.progress import complain
from scripts.local.running import run_command


def main() -> int:
    """Show the 17,472 films of bokeh-sampledata (Wikidata, CC0) as titles to come; repeats harmlessly."""
    argparse.ArgumentParser(prog="scripts/seed", description=main.__doc__).parse_args()
    spec = find_spec("bokeh_sampledata")
    assert spec is not None
    assert spec.origin is not None
    try:
        return run_command("catalog", "seed", str(Path(spec.origin).parent / "_data/movies.db"))
    except LauncherError as error:
        complain(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
