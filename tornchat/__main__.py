"""`python -m tornchat`, the same as the command `tornchat`."""

from tornchat.cli import main

main()
