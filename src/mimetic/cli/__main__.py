"""Run the command line as ``python -m mimetic.cli``."""

import sys

from mimetic.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
