"""`python -m mengbi` is `mengbi`."""

import sys

from mengbi.faces.cli import main

if __name__ == "__main__":
    sys.exit(main())
