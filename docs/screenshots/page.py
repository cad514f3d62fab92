"""Looks at a report in a real browser, and takes pictures of it: page.py CHROMIUM REPORT FOLDER

It fails if the page wants something from elsewhere, if it complains, if it is wider than a small screen,
or if its links lead nowhere.
"""

import io
import pathlib
import sys

from PIL import Image
from playwright.sync_api import sync_playwright

WIDE, HIGH = 1040, 1180
SMALL = 360
BYTES = 150_000


def fail(what):
    sys.exit(f"FAILED: {what}")


def check(browser, url):
    """With JavaScript, so that it can be asked about itself."""
    asked, said = [], []
    page = browser.new_page(viewport={"width": SMALL, "height": 640})
    page.on("request", lambda it: asked.append(it.url))
    page.on("console", lambda it: said.append(it.text))
    page.on("pageerror", lambda it: said.append(str(it)))
    page.goto(url)
    if asked != [url]:
        fail(f"the page wants more than itself: {asked}")
    if said:
        fail(f"the browser complains: {said}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > SMALL:
        fail(f"the page is {wide} wide on a screen of {SMALL}")
    lost = page.evaluate(
        "[...document.querySelectorAll('a')].map(it => it.href.baseVal ?? it.getAttribute('href'))"
        ".filter(it => !document.querySelector(it))"
    )
    if lost:
        fail(f"links lead nowhere: {lost}")
    for part in ["svg .ready", "svg .good", "svg .bad", "svg .in", "section.ok", "details"]:
        if page.locator(part).count() == 0:
            fail(f"there is no {part}: is this the report of lab 03?")
    outside = page.evaluate(
        "[...document.querySelectorAll('.chart svg rect')].filter(it => {"
        " const box = it.getBBox(), all = it.ownerSVGElement.viewBox.baseVal;"
        " return box.x < 0 || box.x + box.width > all.width + 2 || box.y + box.height > all.height;"
        "}).length"
    )
    if outside:
        fail(f"{outside} bars are outside of the chart")
    page.close()


def picture(browser, url, scheme, target):
    """Without JavaScript: the page has to be readable so."""
    context = browser.new_context(
        viewport={"width": WIDE, "height": HIGH}, color_scheme=scheme, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(url)
    image = Image.open(io.BytesIO(page.screenshot()))
    image.convert("RGB").quantize(256).save(target, optimize=True)
    size = target.stat().st_size
    if size > BYTES:
        fail(f"{target} has {size} bytes")
    context.close()


def main():
    chromium, report, folder = sys.argv[1:]
    url = pathlib.Path(report).resolve().as_uri()
    with sync_playwright() as playwright:
        # Root has no sandbox of its own.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        check(browser, url)
        for scheme in ("light", "dark"):
            picture(browser, url, scheme, pathlib.Path(folder) / f"report-{scheme}.png")
        browser.close()


main()
