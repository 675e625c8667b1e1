"""`python -m gateway` is the program `gateway`."""

from gateway.cli.main import main

main()
