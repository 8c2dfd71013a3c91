"""One run of `apply` or `diff`: read files, plan, show the plan, and carry it out."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from msgspec import Struct

from app.cli.api.client import Api, with_api
from app.cli.apply.change_plan import Action, ChangePlan, planned
from app.cli.apply.report import as_json, failure_lines, plan_lines, tally
from app.cli.apply.sources import Files, read_files
from app.cli.apply.writes import Result, Writer
from app.cli.context import CommandError
from app.domain.errors import DomainError
from app.server.progress import progress
from app.settings import SettingError, load

IDENTITY = "apply"
"""Who has made the changes that are made without a server."""

NOT_ARCHIVED = "Nothing was archived, because not all other changes could be made."


class Options(Struct, frozen=True, kw_only=True):
    """The options of both commands."""

    paths: tuple[str, ...]
    server: str | None
    account: str | None
    owner: str
    prune: bool
    output: str
    quiet: bool

    @property
    def is_text(self) -> bool:
        """Whether the output is for people."""
        return self.output == "text"


class Run(Struct, kw_only=True):
    """A run, as far as it has come."""

    options: Options
    files: Files
    plan: ChangePlan | None = None
    results: list[Result] | None = None

    @property
    def has_changes(self) -> bool:
        """Whether the plan changes anything."""
        return self.plan is not None and bool(self.plan.changes)

    @property
    def has_failed(self) -> bool:
        """Whether a template is not as its file describes it."""
        return any(result.has_failed for result in self.results or ())


def run(options: Options, *, writes: bool) -> Run:
    """Shows the plan, and carries it out if the run `writes`. Nothing is written if a file has an
    error. Raises CommandError, DomainError and SettingError."""
    files = read_files(
        options.paths,
        account=options.account,
        owner=options.owner,
        max_bytes=load().max_template_bytes,
    )
    made = Run(options=options, files=files)
    _show_messages(made)
    with _shown(made):
        if not files.errors:
            accounts = {source.command.account_id for source in files.sources}

            async def use(api: Api) -> None:
                await _carry_out(made, api, writes=writes)

            with_api(options.server, use, identity=IDENTITY, accounts=accounts)
    return made


async def _carry_out(made: Run, api: Api, *, writes: bool) -> None:
    options, sources = made.options, made.files.sources
    made.plan = await planned(
        api, sources, owner=options.owner, prunes=options.prune, writes=writes
    )
    if options.is_text:
        for text in plan_lines(made.plan, shows_unchanged=not options.quiet):
            click.echo(text)
    if writes:
        with progress(len(made.plan.changes), "templates") as advance:
            writer = Writer(api, advance)
            made.results = writer.results
            await writer.write(made.plan)


def _show_messages(made: Run) -> None:
    if made.options.is_text:
        for message in made.files.warnings if not made.options.quiet else ():
            click.echo(f"{message} (warning)", err=True)
        for message in made.files.errors:
            click.echo(str(message), err=True)


@contextmanager
def _shown(made: Run) -> Iterator[None]:
    """Shows the results at the end, also of a run that is interrupted or fails."""
    stopped = None
    try:
        yield
    except (CommandError, DomainError, SettingError) as error:
        stopped = str(error)
        raise
    except KeyboardInterrupt:
        stopped = "interrupted"
        raise
    finally:
        if not made.options.is_text:
            click.echo(as_json(made.files, made.plan, made.results, stopped))
        elif made.results is not None:
            _show_results(made, made.results)


def _show_results(made: Run, results: list[Result]) -> None:
    for text in failure_lines(results):
        click.echo(text, err=True)
    if made.has_failed and made.plan is not None and made.plan.of(Action.ARCHIVE):
        click.echo(NOT_ARCHIVED, err=True)
    click.echo(f"Done: {tally(results)}.")
