"""The API's description keeps its linter's rules, and the typed client is what it says."""

import json
from pathlib import Path

import pytest

from scripts import web_client
from scripts.local.errors import LauncherError


def test_the_description_is_linted() -> None:
    web_client.lint()


def test_the_linter_would_say_something(tmp_path: Path) -> None:
    document = json.loads(web_client.DOCUMENT.read_text())
    del document["paths"]["/titles"]["get"]["operationId"]
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(document))
    with pytest.raises(LauncherError, match="operationId"):
        web_client.lint(broken)


def test_the_client_is_fresh(tmp_path: Path) -> None:
    web_client.generate(tmp_path / "schema.d.ts")
    fresh = (tmp_path / "schema.d.ts").read_text()
    committed = (web_client.CLIENT / "schema.d.ts").read_text()
    assert committed == fresh, "run scripts/export-contracts"


def test_the_client_fits_the_description(tmp_path: Path) -> None:
    web_client.compile_client(tmp_path)


def test_a_wrong_use_of_the_client_does_not_compile(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.ts"
    wrong.write_text("import { marquee } from './client';\nmarquee().GET('/nowhere');\n")
    with pytest.raises(LauncherError, match="error TS"):
        web_client.compile_client(tmp_path)
