"""What a long run tells while it lasts, apart from its figures."""

import sys


def tell(line: str) -> None:
    """Write a line to standard error at once."""
    print(line, file=sys.stderr, flush=True)
