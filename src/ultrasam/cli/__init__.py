"""The command line: one thin file per command, and the only place that talks to the terminal."""
