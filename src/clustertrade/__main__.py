"""``python -m clustertrade``."""

import sys

from clustertrade.cli import main

sys.exit(main(sys.argv[1:]))
