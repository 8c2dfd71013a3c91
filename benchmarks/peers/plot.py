"""Draws a bar chart with pygal, which `run` installs: plot.py SERIES.json CHART.svg

The file has the title, the labels of the groups, and the bars of each series: a value for each
group, or null.
"""

import json
import sys
from pathlib import Path

import pygal
from pygal.style import CleanStyle

FONT = "system-ui, sans-serif"
STYLE = CleanStyle(
    background="white",
    plot_background="white",
    font_family=FONT,
    title_font_size=17,
    label_font_size=14,
    major_label_font_size=12,
    legend_font_size=13,
    value_font_size=10,
    guide_stroke_color="#e5e7eb",
    major_guide_stroke_color="#e5e7eb",
    opacity="1",
    colors=("#6b7280", "#374151", "#d97706", "#7c3aed", "#9ca3af", "#0369a1", "#38bdf8"),
)


def main(source: Path, target: Path) -> None:
    given = json.loads(source.read_text())
    chart = pygal.Bar(
        style=STYLE,
        title=given["title"],
        js=[],
        width=1_000,
        height=460,
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        truncate_legend=-1,
        print_values=True,
        print_values_position="top",
        formatter=lambda value: "" if value is None else f"{value:.2g}",
        show_y_guides=True,
        disable_xml_declaration=True,
        no_prefix=True,
    )
    chart.x_labels = given["groups"]
    for name, values in given["series"].items():
        chart.add(name, values)
    target.write_text(chart.render(is_unicode=True))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
