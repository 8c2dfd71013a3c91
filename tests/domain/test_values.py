"""The domain's objects are immutable values with keyword-only constructors."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
from msgspec import Struct

APP = Path(__file__).parents[2] / "app"
MODULES = [
    import_module(".".join(("app", *file.relative_to(APP).with_suffix("").parts)))
    for file in sorted((APP / "domain").rglob("*.py"))
    if file.name != "__init__.py"
]
CLASSES: set[type[Struct]] = {
    value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Struct) and value.__module__ == module.__name__
}
BY_POSITION = {"Cursor", "NodeLimits"}


def test_there_are_classes() -> None:
    assert {"ModelTemplate", "UserError", "Viewer"} <= {cls.__name__ for cls in CLASSES}


@pytest.mark.parametrize("cls", sorted(CLASSES, key=str))
def test_an_object_is_a_value(cls: type[Struct]) -> None:
    kinds = {parameter.kind for parameter in inspect.signature(cls).parameters.values()}

    assert cls.__struct_config__.frozen
    assert cls.__name__ in BY_POSITION or kinds <= {inspect.Parameter.KEYWORD_ONLY}
