# SPDX-License-Identifier: Apache-2.0
"""Debian's Chromium without a window, driven over WebDriver. It starts fresh, and its profile goes with it."""
import pathlib
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--lang=en-GB", "--hide-scrollbars")
PATIENCE = 10


class Browser:
    """One window of `width` × `height` CSS pixels; `dark` and `still` (reduced motion) are the user's preferences."""

    def __init__(self, width=1280, height=800):
        self.profile = tempfile.mkdtemp(prefix="sallyport-browser-")
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={self.profile}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.size(width, height)

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def devtools(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def size(self, width, height, scale=1):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)

    def prefer(self, **features):
        """prefer(color_scheme="dark", reduced_motion="reduce", forced_colors="active"); what is not named is as the system has it."""
        def media(name):
            return ("" if name == "forced_colors" else "prefers-") + name.replace("_", "-")
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": media(name), "value": value} for name, value in features.items()])

    def get(self, url):
        self.driver.get(url)

    def find(self, selector):
        """The element, as soon as there is one."""
        return self.until(f"an element {selector}", lambda: next(iter(self.all(selector)), None))

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def until(self, what, check, seconds=PATIENCE):
        return WebDriverWait(self.driver, seconds, 0.05).until(lambda _: check(), f"waited for {what}")

    def shot(self, path):
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(path))

    def complaints(self):
        """What the page's console says that is an error: scripts, refused resources."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
