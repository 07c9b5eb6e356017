"""Held: a process that serves the stores of a folder until somebody ends it (for the tests)."""

import json
import signal
import sys
import time
from pathlib import Path

from ward.dev.embedded import embedded

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
with embedded(Path(sys.argv[1])) as stores:
    pids = [server.pid for server in (stores.postgres, stores.redis) if server]
    print(json.dumps({"urls": [stores.owner_url, stores.redis_url], "pids": pids}), flush=True)
    time.sleep(120)
