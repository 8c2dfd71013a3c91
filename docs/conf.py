"""The configuration of Sphinx for the documentation's site (see scripts/docs)."""

from sphinx.application import Sphinx

from app import __version__

project = "Model Templates"
release = version = __version__
copyright = ""
extensions = ["myst_parser", "sphinx_click"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
root_doc = "index"
exclude_patterns = ["files"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = project
html_show_copyright = html_show_sphinx = False
smartquotes = False  # They change the dashes of options.
html_copy_source = html_show_sourcelink = False
html_static_path = ["site"]
html_css_files = ["site.css"]


def _as_code(app: object, context: object, lines: list[str]) -> None:
    """The examples at the end of a command's help (see `example` in app/cli/context.py)."""
    shown = [line.removeprefix("| ") for line in lines if line.strip()]
    if shown:
        heading, *examples = shown
        lines[:] = [heading, "", ".. code-block:: sh", "", *examples, ""]


def setup(app: Sphinx) -> None:
    app.connect("sphinx-click-process-epilog", _as_code)
