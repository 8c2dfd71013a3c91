"""The `keys` commands: create, list and revoke API keys."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import click

from app.cli.arguments import Grant, Identity
from app.cli.context import example
from app.cli.database import with_database
from app.domain.access import AccountAccess, Id, IdentityType, Viewer
from app.domain.api_key import new_key, prefix_of
from app.domain.audit import Action
from app.domain.characters import escaped
from app.domain.service import now
from app.main import audit
from app.settings import load
from app.storage.api_keys import ApiKey, ApiKeyStore

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
LAST_YEAR = 2200


@click.group(epilog=example("python -m app keys create --identity me --account demo"))
def keys() -> None:
    """Create, list and revoke API keys."""


class Duration(click.ParamType[datetime]):
    """A number of hours, days or weeks from now."""

    name = "duration"

    def convert(self, value: Any, *_: Any) -> datetime:
        match = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", value, re.ASCII)
        if match is None:
            self.fail(f"{value!r} is not a number of hours, days or weeks, such as 12h, 90d or 4w")
        expires_at = now() + int(match[1]) * UNITS[match[2]]
        if expires_at.year > LAST_YEAR:
            self.fail(f"{value!r} ends after the year {LAST_YEAR}")
        return expires_at


class Day(click.ParamType[datetime]):
    """The beginning of a future day in UTC."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, *_: Any) -> datetime:
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                raise ValueError
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2027-01-31")
        expires_at = datetime.combine(day, time(), UTC)
        if expires_at <= now():
            self.fail(f"{value} has begun already, in UTC; use a later day")
        if day.year > LAST_YEAR:
            self.fail(f"{value} is after the year {LAST_YEAR}")
        return expires_at


@keys.command(
    "create",
    epilog=example(
        "python -m app keys create --identity ci --type service_account --account acct_1:read",
        "python -m app keys create --identity me --account demo --expires-in 90d",
    ),
)
@click.option(
    "--identity", required=True, type=Identity(), help="Id of the user or service account."
)
@click.option(
    "--type",
    "identity_type",
    type=click.Choice([member.value for member in IdentityType]),
    default=IdentityType.USER.value,
    show_default=True,
    help="Type of the identity.",
)
@click.option(
    "--account",
    "grants",
    type=Grant(),
    multiple=True,
    required=True,
    help="Account to grant access to, read-only with :read; repeatable.",
)
@click.option("--expires-in", type=Duration(), help="Time until it expires, such as 12h or 90d.")
@click.option("--expires", type=Day(), help="Day on which it expires, at 00:00 UTC.")
def keys_create(
    identity: str,
    identity_type: str,
    grants: tuple[AccountAccess, ...],
    expires_in: datetime | None,
    expires: datetime | None,
) -> None:
    """Create a key and print it; it cannot be shown again. Without an expiry it works until it is
    revoked."""
    if expires_in and expires:
        raise click.UsageError("use either --expires-in or --expires")
    # If an account is given twice, write access wins.
    writable = {grant.account_id for grant in grants if grant.can_write}
    accounts = dict.fromkeys(grant.account_id for grant in grants)
    viewer = Viewer(
        identity_id=Id(identity),
        identity_type=IdentityType(identity_type),
        accounts=tuple(AccountAccess(account_id=a, can_write=a in writable) for a in accounts),
    )
    key = new_key()
    trail = audit(load())
    with_database(lambda opened: ApiKeyStore(opened).add(key, viewer, expires_in or expires))
    click.echo(f"The API key of {escaped(identity)}, which is shown this once:", err=True)
    click.echo(key)
    trail.report(
        Action.CREATE_KEY,
        about_key=prefix_of(key),
        about_identity=identity,
        grants=_grants(viewer),
    )


@keys.command("list", epilog=example("python -m app keys list"))
def keys_list() -> None:
    """List all keys: prefix, date of issue, state, last use, identity and accounts."""
    for key in with_database(lambda opened: ApiKeyStore(opened).list()):
        grants = " ".join(_grants(key))
        used = f"last used {key.last_used_on}" if key.last_used_on else "no recorded use"
        click.echo(
            f"{key.prefix}  {key.issued_at:%Y-%m-%d}  {_state(key)}  {used}  "
            f"{key.identity_type.value} {key.identity_id}  {grants}"
        )


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "valid"
    has_expired = key.has_expired(now())
    return f"{'expired' if has_expired else 'valid until'} {key.expires_at:%Y-%m-%dT%H:%MZ}"


@keys.command("revoke", epilog=example("python -m app keys revoke mt_1a2B3c4D"))
@click.argument("prefix")
def keys_revoke(prefix: str) -> None:
    """Revoke a key, given by its listed prefix or whole."""
    trail = audit(load())
    revoked = with_database(lambda opened: ApiKeyStore(opened).revoke(prefix))
    click.echo(f"{revoked.prefix} is revoked")
    trail.report(
        Action.REVOKE_KEY,
        about_key=revoked.prefix,
        about_identity=revoked.identity_id,
        grants=_grants(revoked),
    )


def _grants(viewer: Viewer) -> tuple[str, ...]:
    """The accounts and rights, as `keys create --account` takes them."""
    return tuple(
        f"{access.account_id}:{'write' if access.can_write else 'read'}"
        for access in viewer.accounts
    )
