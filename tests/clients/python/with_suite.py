"""Runs a command beside everything running: python with_suite.py COMMAND…

The command finds where it is in the environment, as `acuse up` leaves it, with two tokens for the workspace acme.
"""

import os
import subprocess
import sys

from suite import Suite, ending_with_us

ORIGIN = "https://reports.example.com"

with Suite(ACUSE_BROWSER_ORIGINS=ORIGIN) as suite:
    suite.create_workspace("acme")
    tokens = {
        "SENDER_TOKEN": suite.token("service", "--workspace=acme"),
        "READER_TOKEN": suite.token("analyst", "--workspace=acme"),
    }
    environment = {**os.environ, **suite.environment, **tokens, "ORIGIN": ORIGIN}
    sys.exit(subprocess.run(ending_with_us(*sys.argv[1:]), env=environment, check=False).returncode)
