"""SGP's view of a caller, from which its older client takes the account to work in."""

from msgspec import Struct

from app.domain.access import Viewer

ADMIN, MEMBER = "admin", "member"
"""Roles: the client works in the first account whose admin it is, or else in the first one."""


class Account(Struct, frozen=True):
    """An account. It has no name but its id."""

    id: str
    name: str


class AccessProfile(Struct, frozen=True):
    """The role of the caller in an account: `admin` writes, `member` only reads."""

    role: str
    account: Account


class UserInfo(Struct, frozen=True, kw_only=True):
    """The identity of an API key, and the accounts that it may read. An identity has no name and
    no address but its id."""

    id: str
    first_name: str
    last_name: str = ""
    email: str = ""
    access_profiles: list[AccessProfile]


def user_info(viewer: Viewer) -> UserInfo:
    """The caller as SGP shows it."""
    return UserInfo(
        id=viewer.identity_id,
        first_name=viewer.identity_id,
        access_profiles=[
            AccessProfile(
                ADMIN if access.can_write else MEMBER,
                Account(access.account_id, access.account_id),
            )
            for access in viewer.accounts
        ],
    )
