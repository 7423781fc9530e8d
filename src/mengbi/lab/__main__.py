"""python -m mengbi.lab."""

import sys

from mengbi.lab.commands import main

sys.exit(main())
