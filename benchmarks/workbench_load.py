"""Many clients at once on one ``ultrasam serve``: waiting, memory, and whether answers stay what one client gets.

python -m benchmarks.workbench_load FOLDER [--clients 20] [--seconds 300] [--images 40] [--memory 64]

FOLDER has pictures. Every client opens one after the other as the page does (embedding, then the picture) and has it
segmented with a box and a click. Before, one client alone asks for all of it; every later answer must equal that bit
for bit. The server's memory is read once a second (Linux).
"""

import argparse
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

import httpx

import ultrasam

#: Milliseconds that a request for an embedding waits before it says its place in the queue.
WAIT_MS = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--memory", type=int, default=64, help="MB of embeddings: less than all images need")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as project:
        found = load(
            arguments.folder,
            Path(project),
            clients=arguments.clients,
            seconds=arguments.seconds,
            images=arguments.images,
            memory=arguments.memory,
        )
    print(found.report())
    if found.errors or found.differing:
        sys.exit(1)


@dataclass
class Found:
    """What came of it.

    Attributes:
        seconds: of each kind of request, waiting included.
        waits: answers that gave a place in the queue, or said "busy" with one.
        places: the places that were given.
        errors: anything else that was not a success.
        differing: answers that were not what one client got alone.
        resident: MiB of the server, once a second, from the first request of the many.
    """

    clients: int
    seconds: dict[str, list[float]] = field(default_factory=dict)
    waits: int = 0
    places: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)

    def report(self) -> str:
        lines = ["| request | answers | median | 95 % | longest |", "|---|---|---|---|---|"]
        for kind, times in sorted(self.seconds.items()):
            late = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
            lines.append(
                f"| {kind} | {len(times)} | {statistics.median(times):.2f} s | {late:.2f} s | {max(times):.2f} s |"
            )
        fifth = max(len(self.resident) // 5, 1)
        memory = [
            statistics.median(part) for part in (self.resident[fifth : 2 * fifth], self.resident[-fifth:]) if part
        ]
        lines += [
            "",
            f"{self.clients} clients; {self.waits} answers gave a place in the queue (at most "
            f"{max(self.places, default=0)}); errors: {len(self.errors)}; answers unlike one client's: "
            f"{len(self.differing)}.",
            f"Memory of the server: {memory[0]:.0f} MiB in the second fifth of the time, {memory[-1]:.0f} in the last; "
            f"at most {max(self.resident):.0f}."
            if memory
            else "Memory of the server: not read.",
            *self.errors[:5],
            *self.differing[:5],
        ]
        return "\n".join(lines)


def load(folder: Path, project: Path, *, clients: int, seconds: float, images: int, memory: int) -> Found:
    """Start a server on a folder, ask it with one client, then with many for some time."""
    command = [str(Path(sys.executable).with_name("ultrasam")), "serve", str(folder), "--no-browser", "--port", "0"]
    command += ["--project", str(project), "--memory", str(memory)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        return _ask(server, address_of(server), clients, seconds, images)
    finally:
        server.terminate()
        server.wait(timeout=30)


def address_of(server: "subprocess.Popen[str]") -> str:
    """What the server printed; what it prints later is thrown away."""
    found: Queue[str | None] = Queue()

    def read() -> None:
        for line in server.stdout or ():
            address = re.search(r"https?://[^\s/]+:\d+/", line)
            if address:
                found.put(address[0])
        found.put(None)

    threading.Thread(target=read, daemon=True).start()
    address = found.get(timeout=120)
    if address is None:
        raise SystemExit("the server ended before it gave its address")
    return address


def _ask(server: "subprocess.Popen[str]", url: str, clients: int, seconds: float, images: int) -> Found:
    with ultrasam.connect(url):
        # It is there, and its model is loaded.
        pass
    with httpx.Client(base_url=url) as client:
        listed = client.get("api/images", params={"limit": images}).json()["images"]
    alone = Found(1)
    expected = Client(url, alone, {}).visit_all(listed)
    if alone.errors:
        raise SystemExit(f"one client alone failed: {alone.errors[0]}")
    found = Found(clients)
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=Client(url, found, expected, start=number * 7).until, args=(listed, end))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        resident = _resident_mib(server.pid)
        if resident is not None:
            found.resident.append(resident)
        time.sleep(1)
    return found


class Client:
    """One user: looks at images one after the other.

    Args:
        url: of the server.
        found: what is told.
        expected: hashes of the answers that one client gets; empty for that one.
        start: which image it begins with.
    """

    def __init__(self, url: str, found: Found, expected: dict[str, str], start: int = 0) -> None:
        self._http = httpx.Client(base_url=url, timeout=120)
        self._found, self._expected, self._start = found, expected, start

    def visit_all(self, images: list[dict]) -> dict[str, str]:
        answers: dict[str, str] = {}
        for image in images:
            answers |= self.visit(image)
        return answers

    def until(self, images: list[dict], end: float) -> None:
        number = self._start
        while time.monotonic() < end:
            self.visit(images[number % len(images)])
            number += 1

    def visit(self, image: dict) -> dict[str, str]:
        """Open, look, click: hashes of what came."""
        frame = f"api/images/{image['id']}/frames/0"
        answers: dict[str, str] = {}
        try:
            detail = self._timed("detail", "GET", f"api/images/{image['id']}")
            height, width = detail.json()["sizeHw"]
            box = [width * 0.25, height * 0.25, width * 0.75, height * 0.75]
            click = [{"x": width / 2, "y": height / 2, "label": 1}]
            answers[f"{frame} embedding"] = _hash(self._embedding(f"{frame}/embedding"))
            answers[f"{frame} pixels"] = _hash(self._timed("picture", "GET", f"{frame}.png").content)
            for name, prompt in {"box": ([], box), "click": (click, None)}.items():
                objects = [{"points": prompt[0], "boxXyxy": prompt[1], "mask": None}]
                body = {"objects": objects, "multimask": None, "refine": None, "candidates": False, "logits": False}
                answer = self._timed("segment", "POST", f"{frame}/segment", json=body)
                answers[f"{frame} {name}"] = _hash(json.dumps(answer.json(), sort_keys=True).encode())
        except (httpx.HTTPError, ValueError, KeyError) as error:
            self._found.errors.append(f"{image['name']}: {type(error).__name__}: {error}")
        for key, value in answers.items():
            if self._expected and self._expected.get(key) != value:
                self._found.differing.append(key)
        return answers

    def _embedding(self, path: str) -> bytes:
        began = time.monotonic()
        while True:
            answer = self._request("GET", path, params={"wait": WAIT_MS})
            if answer.status_code == 200:
                self._found.seconds.setdefault("embedding", []).append(time.monotonic() - began)
                return answer.content

    def _timed(self, kind: str, method: str, path: str, **options: object) -> httpx.Response:
        began = time.monotonic()
        while True:
            answer = self._request(method, path, **options)
            if answer.status_code == 200:
                self._found.seconds.setdefault(kind, []).append(time.monotonic() - began)
                return answer

    def _request(self, method: str, path: str, **options: object) -> httpx.Response:
        """An answer, or a place in the queue; all else is an error."""
        answer = self._http.request(method, path, **options)
        if answer.status_code in (202, 503):
            place = answer.json()
            self._found.waits += 1
            self._found.places.append(place["position"])
            time.sleep(float(answer.headers.get("Retry-After", 0)) if answer.status_code == 503 else 0)
        elif answer.status_code != 200:
            answer.raise_for_status()
        return answer


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _resident_mib(pid: int) -> float | None:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
