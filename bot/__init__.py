"""The chat side: commands, schedule, delivery."""

import os

# python-telegram-bot gives periods as timedeltas only where this says so, and warns where not.
os.environ.setdefault("PTB_TIMEDELTA", "true")
