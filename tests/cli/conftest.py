import logging

import pytest

from ultrasam.cli import main as cli


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    """Run a command in an empty folder; give exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    # For a process of its own; this one runs all tests.
    monkeypatch.setattr(cli, "keep_freed_memory", lambda: None)
    loggers = [logging.getLogger(name) for name in ("ultrasam", "ultrasam.backends")]
    levels = [logger.level for logger in loggers]

    def call(*words):
        monkeypatch.setattr("sys.argv", ["ultrasam", *map(str, words)])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    yield call
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
