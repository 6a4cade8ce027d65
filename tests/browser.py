"""A Chromium for tests, spoken to over its debugging protocol: pages, keys, requests, paper and pictures."""

import base64
import itertools
import json
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import websocket

from doorgroeien.publishing.print.pdf import find_browser

SECONDS = 30
QUIET = ("background-networking", "component-update", "sync", "gpu", "quic", "default-apps", "extensions")
KEYS = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40, "ArrowUp": 38, "ArrowRight": 39}


class Tab:
    """A page in the browser; ``requests`` has the addresses that it asked for, in order."""

    def __init__(self, socket):
        self._socket, self._numbers = socket, itertools.count(1)
        self.requests, self.loaded = [], False
        for domain in ("Page", "Network", "Runtime"):
            self.send(f"{domain}.enable")

    def send(self, method, **parameters):
        """Send a command and return its result; note what the page asks for meanwhile."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("method") == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            self.loaded |= message.get("method") == "Page.loadEventFired"
            if message.get("id") == number:
                assert "error" not in message, (method, message["error"])
                return message["result"]

    def open(self, address, width=1280, scripts=True, scheme="light"):
        """Load a page and wait for it."""
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=False
        )
        self.loaded = False
        self.send("Page.navigate", url=address)
        end = time.monotonic() + SECONDS
        while not self.loaded:
            assert time.monotonic() < end, f"{address} does not load"
            self.send("Runtime.evaluate", expression="0")
            time.sleep(0.05)

    def run(self, expression):
        """Return the value of an expression of the page."""
        found = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, *keys):
        """Press keys, one after the other."""
        for key in keys:
            about = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
            text = {"Enter": "\r", " ": " "}.get(key)
            kind = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
            self.send("Input.dispatchKeyEvent", **kind, **about)
            self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    def paper(self):
        """Return the page as it is printed: a PDF."""
        found = self.send("Page.printToPDF", preferCSSPageSize=True)
        return base64.b64decode(found["data"])

    def picture(self, file, whole=True):
        """Save a picture of the page."""
        found = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        Path(file).write_bytes(base64.b64decode(found["data"]))


@contextmanager
def chromium():
    """Run Chromium and give its tab."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [
            find_browser(),
            "--headless",
            "--no-sandbox",
            "--no-first-run",
            "--remote-debugging-port=0",
        ]
        command += [f"--disable-{name}" for name in QUIET]
        command += ["--remote-allow-origins=*", f"--user-data-dir={folder}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            told, end = Path(folder, "DevToolsActivePort"), time.monotonic() + SECONDS
            while not (told.exists() and "\n" in told.read_text("utf-8")):
                assert time.monotonic() < end, "Chromium does not start"
                time.sleep(0.05)
            port = told.read_text("utf-8").split("\n")[0]
            with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=SECONDS) as answer:
                (target,) = [one for one in json.load(answer) if one["type"] == "page"]
            socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=SECONDS)
            yield Tab(socket)
            socket.close()
        finally:
            process.terminate()
            process.wait(SECONDS)
