"""Draws what a terminal showed: terminal.py TITLE TEXT SVG"""

import io
import re
import sys

from rich import _export_format
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

MARGIN = 2
# What is wider goes on in the next line, as in a terminal.
WIDEST = 100
THEME = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [(72, 79, 88), (255, 123, 114), (76, 200, 102), (222, 166, 60),
     (121, 184, 255), (203, 166, 255), (86, 212, 212), (177, 186, 196)],
    [(110, 118, 129), (255, 161, 152), (86, 211, 100), (227, 179, 65),
     (158, 203, 255), (220, 189, 255), (118, 227, 234), (255, 255, 255)],
)
MONOSPACE = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def without_fonts(svg):
    """A picture is one file: no font comes from elsewhere."""
    svg = re.sub(r"<!--.*?-->\n", "", svg)
    svg = re.sub(r"@font-face \{\{.*?\}\}\n", "", svg, flags=re.DOTALL)
    return re.sub(r"font-family: Fira Code[^;]*;", f"font-family: {MONOSPACE};", svg)


def main():
    title, source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        text = Text.from_ansi(file.read().rstrip())
    wide = min(max(line.cell_len for line in text.split()) + MARGIN, WIDEST)
    console = Console(record=True, width=wide, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(text, overflow="fold")
    svg = console.export_svg(
        title="$ " + title,
        theme=THEME,
        code_format=without_fonts(_export_format.CONSOLE_SVG_FORMAT),
        unique_id="terminal",
    )
    if re.search(r"""url\(["']?(?!#)|@import|href=|<image|<script""", svg):
        sys.exit(f"{target}: something comes from elsewhere")
    with open(target, "w", encoding="utf-8") as file:
        file.write(svg)


main()
