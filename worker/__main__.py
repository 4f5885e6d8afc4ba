"""`python -m worker`: drain ballots until told to stop."""

import sys

from ballotbox.errors import SettingsError
from ballotbox.settings import Settings
from worker.app import run

try:
    run(Settings.read())
except SettingsError as error:
    sys.exit(f"votify: {error}")
