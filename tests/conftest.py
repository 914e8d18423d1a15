"""What the tests stand on: a real PostgreSQL of their own, and the platform in one process."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from apps.kit.database import Database
from apps.kit.migrations import services_with_schema
from apps.kit.testing.clock import TurnedClock
from scripts.local.migrate import migrate_all
from scripts.local.parts import postgres_part
from scripts.local.places import Places
from scripts.local.platform import Platform
from scripts.local.programs import RealPart
from scripts.local.secret_files import make_secrets
from scripts.local.stores import store_parts
from scripts.local.supervisor import Supervisor
from tests.flows.world import World
from tests.platform.stage import Stage

STORE_SHIFT = 20_000
# All ports below 32,768, from where on the kernel takes ports for outgoing connections.
PLATFORM_SHIFT = 22_000


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """A PostgreSQL with every service's schema, for the whole run."""
    home = tmp_path_factory.mktemp("stores")
    for folder in (home, *list(home.parents)[:2]):
        folder.chmod(0o755)  # PostgreSQL runs as another user
    places = Places(home, STORE_SHIFT)
    secrets = make_secrets(places)
    supervisor = Supervisor(places)
    real = {"postgresql": postgres_part()}
    for name in ("valkey-server", "seaweedfs", "typesense"):
        real[name] = RealPart(name, "", "", home)
    part = store_parts(places, real, secrets)[0]
    supervisor.start(part)
    supervisor.wait(part.name)
    migrate_all(places, secrets)
    yield places
    supervisor.stop()


def database_of(service: str, places: Places) -> Database:
    """A service's own schema, by its own credentials."""
    password = make_secrets(places)["database_passwords"][service]
    host = f"127.0.0.1:{places.port('postgres')}"
    url = f"postgresql://{service}:{password}@{host}/postgres"
    return Database(lambda: url, service, connections=4)


@pytest.fixture
def databases(postgres: Places) -> Iterator[dict[str, Database]]:
    """Every service's schema, empty."""
    opened = {service: database_of(service, postgres) for service in services_with_schema()}
    for service, database in opened.items():
        query = "SELECT tablename FROM pg_tables WHERE schemaname = :schema"
        with database.begin() as connection:
            names = connection.execute(text(query), {"schema": service}).scalars().all()
            kept = [name for name in names if name not in ("migrations", "signing_keys")]
            connection.execute(text(f"TRUNCATE {', '.join(kept)} CASCADE"))
    yield opened
    for database in opened.values():
        database.close()


@pytest.fixture
def clock() -> TurnedClock:
    """A clock that the test turns."""
    return TurnedClock()


@pytest.fixture
def world(postgres: Places, databases: dict[str, Database], clock: TurnedClock) -> World:
    """All services in one process, on a real PostgreSQL."""
    return World(postgres, databases, clock)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A running platform with an operator, a studio and a viewer."""
    home = tmp_path_factory.mktemp("platform")
    for folder in (home, *list(home.parents)[:2]):
        folder.chmod(0o755)  # PostgreSQL runs as another user
    platform = Platform(Places(home, PLATFORM_SHIFT))
    platform.set_up()
    try:
        platform.start()
        opened = Stage(platform)
        yield opened
        opened.close()
    finally:
        platform.stop()
