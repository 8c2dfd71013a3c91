"""Writes the pages of the documentation's site:  python scripts/docs.py DIRECTORY

The Markdown files of the repository link to each other as its hosts show them; in DIRECTORY, all
pages stand beside each other, and so do the files that they link to. The references are made from
the code.
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLNamedType,
    GraphQLScalarType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
    print_ast,
)

from app import __version__
from app.graphql.schema import sdl
from app.rest.openapi import document
from app.web.pages.reference import rendered

ROOT = Path(__file__).parent.parent
PAGES = {
    ROOT / "README.md": "index.md",
    ROOT / "CHANGELOG.md": "changelog.md",
    ROOT / "CONTRIBUTING.md": "contributing.md",
    ROOT / "benchmarks" / "README.md": "benchmarks.md",
    ROOT / "benchmarks" / "peers" / "results" / "peers.md": "peers.md",
    **{path: path.name for path in sorted((ROOT / "docs").glob("*.md"))},
}
"""The name of each file as a page."""

LINK = re.compile(r"(\]\()([^)#:\s]+)(#[^)\s]*)?(\))")

SECTIONS = {
    "Use it": ["guide", "apply", "launch", "sgp"],
    "Run it": ["settings", "limits", "operate", "scale"],
    "Reference": ["graphql", "rest", "commands"],
    "Project": ["architecture", "changelog", "contributing", "benchmarks", "peers"],
}
"""The navigation. A page that is in no section comes first, by name."""

TOCTREE = """
```{{toctree}}
:hidden:
:caption: {title}

{names}
```
"""

COMMANDS = """\
Commands
========

.. click:: app.cli.program:main
   :prog: model-templates
   :nested: full
"""

REST = """# REST API

{description} For programs: `/openapi.json`.

`````{{raw}} html
{html}
`````
"""

KINDS = {
    "object": "Types",
    "interface": "Interfaces",
    "union": "Unions",
    "input_object": "Inputs",
    "enum": "Enums",
    "scalar": "Scalars",
}
"""The kinds of types, as graphql-core names them, and their headings."""


def main(directory: Path) -> None:
    directory.mkdir(parents=True)
    for path, name in PAGES.items():
        page = "".join(linked(path, directory))
        (directory / name).write_text(page + (navigation() if name == "index.md" else ""))
    (directory / "graphql.md").write_text("\n\n".join(graphql_reference()) + "\n")
    (directory / "rest.md").write_text(rest_reference())
    (directory / "commands.rst").write_text(COMMANDS)


def linked(path: Path, directory: Path) -> Iterator[str]:
    """The lines of a Markdown file, with the links that they have on the site."""

    def link(match: re.Match[str]) -> str:
        begin, target, anchor, end = match.groups(default="")
        file = Path(os.path.normpath(path.parent / target))
        if file in PAGES:
            return f"{begin}{PAGES[file]}{anchor}{end}"
        copy = directory / "files" / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if file.is_dir():  # Of which a site has no list.
            return match[0].replace(target, "index.md")
        shutil.copy(file, copy)
        return f"{begin}{copy.relative_to(directory)}{anchor}{end}"

    is_code = False
    for line in path.read_text().splitlines(keepends=True):
        is_code ^= line.lstrip().startswith("```")
        yield line if is_code else LINK.sub(link, line)


def navigation() -> str:
    """The tables of contents of the first page."""
    pages = {name.removesuffix(".md") for name in PAGES.values()} - {"index"}
    others = sorted(pages - {each for names in SECTIONS.values() for each in names})
    first, *_ = SECTIONS
    sections = {**SECTIONS, first: [*SECTIONS[first], *others]}
    return "".join(
        TOCTREE.format(title=title, names="\n".join(names)) for title, names in sections.items()
    )


def rest_reference() -> str:
    """The page about SGP's routes, from their OpenAPI document."""
    api = json.loads(document(__version__))
    return REST.format(description=api["info"]["description"], html=rendered(api))


def graphql_reference() -> Iterator[str]:
    """The page about the schema: queries, mutations, and all types by kind."""
    definition = build_schema(sdl())
    yield "# GraphQL API"
    yield "All operations are sent to `/graphql`. `!` marks what is never null."
    roots = {definition.query_type: "Queries", definition.mutation_type: "Mutations"}
    for root, title in roots.items():
        if root is None:
            continue
        yield f"## {title}"
        for name, field in root.fields.items():
            yield from operation(name, field)
    shown = [
        type_
        for name, type_ in sorted(definition.type_map.items())
        if type_ not in roots
        and not is_introspection_type(type_)
        and not is_specified_scalar_type(type_)
    ]
    for kind, title in KINDS.items():
        of_kind = [type_ for type_ in shown if kind_of(type_) == kind]
        if of_kind:
            yield f"## {title}"
        for type_ in of_kind:
            yield from described(type_)


def kind_of(type_: GraphQLNamedType) -> str:
    """The kind, such as `input_object`."""
    name = type(type_).__name__.removeprefix("GraphQL").removesuffix("Type")
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def operation(name: str, field: GraphQLField) -> Iterator[str]:
    """A field of Query or Mutation, with its arguments."""
    yield f"### `{name}`"
    yield text(field.description)
    yield f"Returns {reference(field)}."
    if field.args:
        yield table("Argument", field.args)


def described(type_: GraphQLNamedType) -> Iterator[str]:
    """A type with its fields or values."""
    yield f"(type-{type_.name.lower()})="
    yield f"### {type_.name}"
    yield text(type_.description)
    if isinstance(type_, GraphQLEnumType):
        values = [[f"`{name}`", cell(value.description)] for name, value in type_.values.items()]
        width = 2 if any(each[1] for each in values) else 1
        yield rows(["Value", ""][:width], [each[:width] for each in values])
    elif isinstance(type_, GraphQLUnionType):
        yield "One of " + ", ".join(link_to(each) for each in type_.types) + "."
    elif isinstance(type_, GraphQLScalarType):
        if type_.specified_by_url:
            yield f"[Specification]({type_.specified_by_url})"
    else:
        yield table("Field", type_.fields)  # type: ignore[attr-defined]


Typed = GraphQLField | GraphQLInputField | GraphQLArgument


def table(title: str, members: Mapping[str, Typed]) -> str:
    """Fields or arguments, with their types, descriptions and defaults."""
    body = [row(name, member) for name, member in members.items()]
    width = 3 if any(each[2] for each in body) else 2
    return rows([title, "Type", ""][:width], [each[:width] for each in body])


def row(name: str, member: Typed) -> list[str]:
    taken = [f"{each}: {argument.type}" for each, argument in getattr(member, "args", {}).items()]
    called = f"`{name}({', '.join(taken)})`" if taken else f"`{name}`"
    default = getattr(member.ast_node, "default_value", None)
    note = f" Default: `{print_ast(default)}`." if default and print_ast(default) != "null" else ""
    return [called, reference(member), cell(member.description) + note]


def rows(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(each)} |" for each in lines)


def reference(member: Typed) -> str:
    """A type as it is written in a schema, with a link to what it is about."""
    named = get_named_type(member.type)
    before, _, after = str(member.type).partition(named.name)
    return (
        f"{before.replace('[', chr(92) + '[')}{link_to(named)}{after.replace(']', chr(92) + ']')}"
    )


def link_to(type_: GraphQLNamedType) -> str:
    if is_specified_scalar_type(type_):
        return type_.name
    return f"[{type_.name}](#type-{type_.name.lower()})"


def cell(description: str | None) -> str:
    """A description in one line of a table."""
    return " ".join(text(description).split()).replace("|", r"\|")


def text(description: str | None) -> str:
    return (description or "").replace("<", "&lt;")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
