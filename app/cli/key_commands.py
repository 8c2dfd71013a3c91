"""The `keys` commands: create, list and revoke API keys."""

import click

from app.cli.arguments import Grant, Identity
from app.cli.context import example
from app.cli.database import with_database
from app.domain.access import AccountAccess, Id, IdentityType, Viewer
from app.domain.api_key import new_key
from app.storage.api_keys import ApiKeyStore


@click.group(epilog=example("python -m app keys create --identity me --account demo"))
def keys() -> None:
    """Create, list and revoke API keys."""


@keys.command(
    "create",
    epilog=example(
        "python -m app keys create --identity ci --type service_account --account acct_1:read"
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
def keys_create(identity: str, identity_type: str, grants: tuple[AccountAccess, ...]) -> None:
    """Create a key and print it; it cannot be shown again."""
    # If an account is given twice, write access wins.
    writable = {grant.account_id for grant in grants if grant.can_write}
    accounts = dict.fromkeys(grant.account_id for grant in grants)
    viewer = Viewer(
        identity_id=Id(identity),
        identity_type=IdentityType(identity_type),
        accounts=tuple(AccountAccess(account_id=a, can_write=a in writable) for a in accounts),
    )
    key = new_key()
    with_database(lambda opened: ApiKeyStore(opened).add(key, viewer))
    click.echo(key)


@keys.command("list", epilog=example("python -m app keys list"))
def keys_list() -> None:
    """List all keys: prefix, date of issue, state, identity and accounts."""
    for key in with_database(lambda opened: ApiKeyStore(opened).list()):
        grants = " ".join(
            f"{access.account_id}:{'write' if access.can_write else 'read'}"
            for access in key.accounts
        )
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
        click.echo(
            f"{key.prefix}  {key.issued_at:%Y-%m-%d}  {state}  "
            f"{key.identity_type.value} {key.identity_id}  {grants}"
        )


@keys.command("revoke", epilog=example("python -m app keys revoke mt_1a2B3c4D"))
@click.argument("prefix")
def keys_revoke(prefix: str) -> None:
    """Revoke a key, given by its listed prefix or whole."""
    revoked = with_database(lambda opened: ApiKeyStore(opened).revoke(prefix))
    click.echo(f"{revoked.prefix} is revoked")
