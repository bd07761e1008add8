"""`make screenshots`: plays a flow in a browser and takes the README's pictures.

python -m tests.browser.screenshots FOLDER
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect

from mock_ctrader.conformance.adapter import Person
from mock_ctrader.conformance.chromium import chromium_for
from mock_ctrader.processes import MockProcess
from tests.browser.clicking import Places, become_partner, fill_in_signup, log_in_to_area, share, sign_up
from tests.browser.windows import Windows

SIZE: ViewportSize = {"width": 1280, "height": 860}
# so that the repository stays light
LARGEST_BYTES = 200_000
INES = Person("ines@example.net", "Ines", "Duarte", "a good long password")
RUI = Person("rui@example.net", "Rui", "Alves", "a good long password")


def play(browser: Browser, mock: MockProcess, folder: Path) -> None:
    """Flow 1 at user level, with pictures of the application and of the inspector on the way."""
    sandbox = mock.ready["sandbox"]
    places = Places(sandbox["appUrls"][sandbox["brokerNames"][0]], mock.ready["brokerUrl"])
    with Windows(browser) as windows:
        app = windows.open(viewport=SIZE, color_scheme="light")
        sign_up(app, places, INES)
        area = app.context.new_page()
        log_in_to_area(area, places, INES)
        partner_id = become_partner(area, "user")
        expect(app.locator("#partner .partner-id")).to_have_text(partner_id)
        link = share(app, "Copy strategy")
        take(app, folder / "application.png")
        second = windows.open(viewport=SIZE)
        second.goto(link)
        fill_in_signup(second, RUI)
        inspector = windows.open(viewport=SIZE, color_scheme="light")
        inspector.goto(f"{mock.ready['baseUrl']}/inspector/{sandbox['id']}/")
        inspector.get_by_text("The broker asks cTrader to set the partnerId").first.click()
        expect(inspector.get_by_role("heading", name="Stage 4")).to_be_visible()
        take(inspector, folder / "inspector.png")


def report(browser: Browser, folder: Path) -> None:
    """The report of both flows at both levels, judged on the bundled reference broker."""
    with tempfile.TemporaryDirectory() as reports, Windows(browser) as windows:
        done = subprocess.run(
            [sys.executable, "-m", "mock_ctrader", "verify", "--plan", "attribution", "--report", reports],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise SystemExit(f"verify ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        page = windows.open(viewport=SIZE, color_scheme="light")
        page.goto(f"file://{reports}/report.html")
        take(page, folder / "report.png")


def take(page: Page, file: Path) -> None:
    """A picture of what the window shows.

    Raises:
        SystemExit: the picture is too heavy for the repository.
    """
    page.screenshot(path=file, animations="disabled", caret="hide")
    size = file.stat().st_size
    print(f"{file}: {size} bytes")
    if size > LARGEST_BYTES:
        raise SystemExit(f"{file} has {size} bytes; {LARGEST_BYTES} are allowed")


def main(folder: Path) -> None:
    """Take all pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with MockProcess.start("--with-reference-broker") as mock:
        chromium_for().run(lambda browser: play(browser, mock, folder))
    chromium_for().run(lambda browser: report(browser, folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
