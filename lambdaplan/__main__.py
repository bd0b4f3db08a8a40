"""`python -m lambdaplan`: the same as the command `lambdaplan`."""

import sys

from lambdaplan.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
