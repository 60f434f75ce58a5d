"""Counts frames while one pans, zooms, hovers and paints on 1600 x 1200 with ten objects: `frames.py BUILT_PAGE`.

Build the page first: `npx vite build tests/canvas/page --config vite.config.ts --base ./ --outDir BUILT_PAGE`.
"""

from __future__ import annotations

import functools
import http.server
import shutil
import sys
import threading

from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium")

# Each frame sends one event, as a mouse does; a frame is counted when the browser asks for the next one.
COUNT = """
async ([kind, seconds]) => {
  const stage = document.querySelector("[role=application]");
  const send = (type, x, y, more) => stage.dispatchEvent(
    new PointerEvent(type, { clientX: x, clientY: y, bubbles: true, pointerId: 1, pointerType: "mouse", ...more }));
  stage.setPointerCapture = () => {};
  const gaps = [];
  const button = { pan: 1, brush: 0 }[kind];
  if (button !== undefined) send("pointerdown", 640, 400, { button });
  let last = await new Promise(requestAnimationFrame);
  const end = last + seconds * 1000;
  for (let step = 0; last < end; step++) {
    const [x, y] = [640 + 200 * Math.sin(step / 20), 400 + 150 * Math.cos(step / 17)];
    if (kind === "zoom") stage.dispatchEvent(new WheelEvent("wheel",
      { clientX: x, clientY: y, deltaY: 40 * Math.sin(step / 15), bubbles: true, cancelable: true }));
    else send("pointermove", x, y, {});
    const now = await new Promise(requestAnimationFrame);
    gaps.push(now - last);
    last = now;
  }
  if (button !== undefined) send("pointerup", 640, 400, { button });
  gaps.sort((a, b) => a - b);
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  return { perSecond: (1000 * gaps.length) / total, median: gaps[gaps.length >> 1],
           p95: gaps[Math.floor(gaps.length * 0.95)] };
}
"""


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, nothing on the terminal."""

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def main(folder: str) -> None:
    """Tells frames per second, median and 95th percentile of a frame for each movement and window size."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietFiles, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width, height in ((1280, 800), (1600, 1200)):
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            page.wait_for_selector("[data-ready=true]")
            page.evaluate("view.actualSize()")
            for kind in ("pan", "zoom", "hover", "brush"):
                page.evaluate(f"bench.tool.value = '{'brush' if kind == 'brush' else 'point'}'")
                told = page.evaluate(COUNT, [kind, 3])
                sys.stdout.write(
                    f"{width} x {height}, {kind}: {told['perSecond']:.1f} frames per second, "
                    f"median {told['median']:.1f} ms, 95 % {told['p95']:.1f} ms\n"
                )
            page.close()
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
