"""Demo data of a development server: an account, its API key and example templates."""

import json
from importlib.resources import files
from pathlib import Path

from app.domain.access import AccountAccess, Id, Identity, IdentityType, Viewer
from app.domain.api_key import digest, is_key, new_key
from app.domain.errors import Invalid, UserErrorCode
from app.domain.model_template import CreateModelTemplate, ModelTemplate
from app.domain.service import ModelTemplateService, new_id, now
from app.settings import SettingError, variable
from app.storage.api_keys import ApiKeyStore
from app.transfer import wire

ACCOUNT = "demo"
SEEDER = Identity(identity_id=Id("seed"), identity_type=IdentityType.SERVICE_ACCOUNT)


class NoKeyFile(SettingError):
    """The development key cannot be stored in the data directory; the message gives the reason."""


def owner(account: str, identity: Identity) -> Viewer:
    """A caller with write access to one account."""
    access = AccountAccess(account_id=Id(account), can_write=True)
    return Viewer(
        identity_id=identity.identity_id, identity_type=identity.identity_type, accounts=(access,)
    )


async def key(directory: Path, store: ApiKeyStore) -> str:
    """The development key of a data directory, created if missing or revoked. Raises NoKeyFile."""
    developer = Identity(identity_id=Id("developer"), identity_type=IdentityType.USER)
    text = _stored_key(directory)
    await store.add(text, owner(ACCOUNT, developer))
    if await store.find_valid(digest(text)) is None:
        text = _stored_key(directory, renewed=True)
        await store.add(text, owner(ACCOUNT, developer))
    return text


def _stored_key(directory: Path, *, renewed: bool = False) -> str:
    """The key in a file that only the user may read, so that it survives restarts."""
    file = directory / "development.key"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = file.read_text(errors="replace").strip() if file.exists() else ""
        if renewed or not is_key(text):
            file.touch(mode=0o600)
            file.write_text(new_key() + "\n")
        return file.read_text().strip()
    except OSError as error:
        raise NoKeyFile(f"{variable('data_dir')}: {error}") from None


def commands(account: str) -> list[CreateModelTemplate]:
    """The create commands of the templates in `seeds`."""
    seeds = sorted(files("seeds").iterdir(), key=lambda file: file.name)
    return [
        wire.read({"account_id": account, **json.loads(file.read_text())})
        for file in seeds
        if file.name.endswith(".json")
    ]


def example() -> ModelTemplate:
    """An example template that is not stored."""
    command = commands(ACCOUNT)[0]
    return ModelTemplate.create(command, id=new_id(), identity=SEEDER, at=now())


async def seed(service: ModelTemplateService, account: str) -> int:
    """Create the templates of `seeds` that the account lacks, and return their number."""
    created = 0
    for command in commands(account):
        try:
            await service.create(owner(account, SEEDER), command)
            created += 1
        except Invalid as invalid:
            if any(error.code is not UserErrorCode.DUPLICATE for error in invalid.errors):
                raise
    return created
