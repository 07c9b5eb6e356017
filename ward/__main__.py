"""Run `python -m ward` as `ward`."""

from ward.cli import main

main()
