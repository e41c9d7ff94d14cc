"""`python -m infra.cli` is `manyline`."""

from infra.cli import main

main()
