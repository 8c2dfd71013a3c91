"""The command line: `python -m app`, also installed as `model-templates`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from app import __version__, demo, serving, templatefile
from app.api.schema import sdl
from app.domain.access import AccountAccess, Id, IdentityType, Viewer
from app.domain.errors import DomainError, Unavailable
from app.domain.text import is_storable
from app.main import DatabaseRequired, OpenedDatabase, database, service
from app.settings import SettingError, load, variable
from app.storage.driver import BadDatabaseURI, Database
from app.storage.embedded import EmbeddedUnavailable
from app.storage.keys import ApiKeyStore, new_key

T = TypeVar("T")
WRONG_SETTINGS, NO_DATABASE = 2, 3


class ServeByDefault(click.Group):
    """`python -m app --port 9000` is `python -m app serve --port 9000`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ServeByDefault, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """A GraphQL API for the templates that models are launched from. `serve` is the default."""


@main.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 for any.")
@click.option("--workers", type=int, help="Processes.")
@click.option("--reload", is_flag=True, help="Start again when the code changes.")
@click.option("--seed", is_flag=True, help="Create example templates in the account demo.")
@click.option("--open", "browser", is_flag=True, help="Open the playground in a browser.")
def serve(seed: bool, reload: bool, browser: bool, **settings: Any) -> None:
    """Serve the API.  Example: python -m app serve --port 9000 --seed"""
    with _failing_clearly():
        loaded = load(settings)
        with database(loaded) as opened:
            serving.run(loaded, opened, reload=reload, seed=seed, browser=browser)


@main.command()
@click.option("--account", default=demo.ACCOUNT, show_default=True, help="Who gets them.")
def seed(account: str) -> None:
    """Create six realistic templates; again is harmless.  Example: python -m app seed"""

    async def run(opened: Database) -> int:
        return await demo.seed(service(opened), account)

    click.echo(f"{_with_database(run)} templates created in the account {account}")


@main.group()
def schema() -> None:
    """The GraphQL schema."""


@schema.command("print")
def schema_print() -> None:
    """Print the schema.  Example: python -m app schema print > schema.graphql"""
    click.echo(sdl(), nl=False)


@main.group()
def db() -> None:
    """The database."""


@db.command("init")
def db_init() -> None:
    """Make indexes and validator as they should be; again is harmless."""

    async def run(opened: Database) -> None:
        """Every command does it first."""

    _with_database(run)
    click.echo("indexes and validator are in place")


@main.group()
def keys() -> None:
    """API keys: who may call, and what it may do in which account."""


class Name(click.ParamType[str]):
    """A text that is not blank and that the database can hold."""

    name = "text"

    def convert(self, value: Any, *_: Any) -> str:
        if not value.strip() or not is_storable(value):
            self.fail(f"{value!r} is blank, or not text in UTF-8")
        return str(value)


class Grant(click.ParamType[AccountAccess]):
    """A: both, A:read, A:write (which includes reading)."""

    name = "account[:read|:write]"

    def convert(self, value: Any, *_: Any) -> AccountAccess:
        account, separator, right = value.rpartition(":")
        if not separator:
            account, right = value, "write"
        if not account or right not in ("read", "write") or not is_storable(account):
            self.fail(f"{value!r} is not ACCOUNT, ACCOUNT:read or ACCOUNT:write")
        return AccountAccess(account_id=Id(account), can_write=right == "write")


@keys.command("create")
@click.option(
    "--identity", required=True, type=Name(), help="The id of the user or the service account."
)
@click.option(
    "--type",
    "identity_type",
    type=click.Choice([member.value for member in IdentityType]),
    default=IdentityType.USER.value,
    show_default=True,
)
@click.option("--account", "grants", type=Grant(), multiple=True, required=True)
def keys_create(identity: str, identity_type: str, grants: tuple[AccountAccess, ...]) -> None:
    """Print a new key, once: it is not stored.

    Example: python -m app keys create --identity ci --type service_account --account a1:read
    """
    # An account that is named twice gets the larger right.
    writable = {grant.account_id for grant in grants if grant.can_write}
    accounts = dict.fromkeys(grant.account_id for grant in grants)
    viewer = Viewer(
        identity_id=Id(identity),
        identity_type=IdentityType(identity_type),
        accounts=tuple(AccountAccess(account_id=a, can_write=a in writable) for a in accounts),
    )
    key = new_key()
    _with_database(lambda opened: ApiKeyStore(opened).add(key, viewer))
    click.echo(key)


@keys.command("list")
def keys_list() -> None:
    """One key a line: its beginning, since when, who, what for."""
    for key in _with_database(lambda opened: ApiKeyStore(opened).list()):
        grants = " ".join(
            f"{access.account_id}:{'write' if access.can_write else 'read'}"
            for access in key.accounts
        )
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
        click.echo(
            f"{key.prefix}  {key.issued_at:%Y-%m-%d}  {state}  "
            f"{key.identity_type.value} {key.identity_id}  {grants}"
        )


@keys.command("revoke")
@click.argument("prefix")
def keys_revoke(prefix: str) -> None:
    """Revoke a key, named as `keys list` shows it or whole.

    Example: python -m app keys revoke mt_1a2B3c4D
    """
    revoked = _with_database(lambda opened: ApiKeyStore(opened).revoke(prefix))
    click.echo(f"{revoked.prefix} is revoked")


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--quiet", is_flag=True, help="Problems only, no warnings.")
def validate(files: tuple[str, ...], quiet: bool) -> None:
    """Check templates in SGP's wire form, JSON or YAML, without a server.

    One line a problem on standard output, and then exit status 1; warnings (what Launch would
    refuse) on standard error.

    Example: python -m app validate templates/*.yaml
    """
    sound = True
    for file in files:
        for problem in templatefile.problems(Path(file)):
            if problem.is_warning and not quiet:
                click.echo(f"{problem} (warning)", err=True)
            elif not problem.is_warning:
                sound = False
                click.echo(str(problem))
    sys.exit(0 if sound else 1)


@main.command()
def health() -> None:
    """Exit status 0 if the server of these settings can work, else 1: for a container's check."""
    with _failing_clearly():
        settings = load()
    if not serving.answers(f"{serving.url(settings, settings.port)}/readyz", seconds=0):
        sys.exit(1)


def _with_database(use: Callable[[Database], Awaitable[T]]) -> T:
    """What a command does with the database of the settings, once it is initialised."""

    async def run(opened: OpenedDatabase) -> T:
        await serving.make_ready(opened)
        return await use(opened.database)

    with _failing_clearly(), database(load()) as opened:
        if not opened.is_lasting:
            raise DatabaseRequired(f"{variable('mongodb_uri')} is needed: there is no mongod here")
        return asyncio.run(run(opened))


@contextmanager
def _failing_clearly() -> Iterator[None]:
    """What a person can mend ends the process with one line and a status, without a traceback."""
    try:
        yield
    except BadDatabaseURI as error:
        click.echo(f"Error: {variable('mongodb_uri')}: {error}", err=True)
        sys.exit(WRONG_SETTINGS)
    except (SettingError, DatabaseRequired, EmbeddedUnavailable, demo.NoKeyFile) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(WRONG_SETTINGS)
    except Unavailable as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(NO_DATABASE)
    except (DomainError, serving.CannotListen) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
