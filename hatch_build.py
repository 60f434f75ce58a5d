"""Puts the page of the workbench into wheels: built files are in no commit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildPage(BuildHookInterface):  # type: ignore[type-arg]
    """Build ``web/`` where its page is not there yet; from a source distribution, it always is."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run npm before the files are gathered; an editable installation goes without (``make web``)."""
        web = Path(self.root, "web")
        if version == "editable" or Path(self.root, "src/ultrasam/server/static/index.html").is_file():
            return
        npm = shutil.which("npm")
        if npm is None:
            self.app.display_warning("Node is not here: this package is built without the page of 'ultrasam serve'.")
            return
        for command in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([npm, *command], cwd=web, check=True)
