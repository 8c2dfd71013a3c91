"""Types of arguments: accounts, identities, grants."""

from typing import Any

import click

from app.domain.access import AccountAccess, Id
from app.domain.characters import is_blank, is_clear
from app.domain.formats import ACCOUNT_ID_FORM, is_account_id, is_label_value
from app.domain.storable import is_storable


class Name(click.ParamType[str]):
    """Non-blank text that the database can store, such as an account of any release."""

    name = "text"

    def convert(self, value: Any, *_: Any) -> str:
        if is_blank(value) or not is_storable(value):
            self.fail(f"{value!r} is blank or not UTF-8 text")
        return str(value)


class Identity(Name):
    """Text that people can read and tell from another."""

    def convert(self, value: Any, *context: Any) -> str:
        name = super().convert(value, *context)
        if not is_clear(name):
            self.fail(f"{name!r} has control or invisible characters")
        return name


class Account(click.ParamType[str]):
    """The id of an account."""

    name = "account"

    def convert(self, value: Any, *_: Any) -> str:
        if not is_account_id(value):
            self.fail(f"{value!r} must be {ACCOUNT_ID_FORM}")
        return str(value)


class Owner(click.ParamType[str]):
    """A value of a label that is not empty."""

    name = "name"

    def convert(self, value: Any, *_: Any) -> str:
        if not value or not is_label_value(value):
            self.fail(f"{value!r} must be at most 63 letters, digits, -, _ and .")
        return str(value)


class Grant(click.ParamType[AccountAccess]):
    """ACCOUNT:read, or ACCOUNT or ACCOUNT:write, which both include reading."""

    name = "account[:read|:write]"

    def convert(self, value: Any, *_: Any) -> AccountAccess:
        account, separator, right = value.rpartition(":")
        if not separator:
            account, right = value, "write"
        if not account or right not in ("read", "write"):
            self.fail(f"{value!r} is not ACCOUNT, ACCOUNT:read or ACCOUNT:write")
        if not is_account_id(account):
            self.fail(f"the account {account!r} must be {ACCOUNT_ID_FORM}")
        return AccountAccess(account_id=Id(account), can_write=right == "write")
