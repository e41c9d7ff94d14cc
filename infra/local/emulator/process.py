"""The emulator's own process: runs under .venv-emulator, on loopback, and keeps its state safe while it runs.

Uses private parts of MiniStack 1.5.33, which is why that version is pinned.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

from infra.local.emulator.checkpoint import Keeper


def main(state: Path) -> None:
    from ministack import app  # noqa: PLC0415  reads the environment while it loads
    from ministack.core import persistence  # noqa: PLC0415

    keeper = Keeper(state, app=app, persistence=persistence)
    keeper.install()
    threading.Thread(target=_keep, args=(keeper,), name="checkpoints", daemon=True).start()
    app.main()


def _keep(keeper: Keeper) -> None:
    """A checkpoint every two seconds, less often when one takes long: at most a tenth of the time goes into it."""
    pause = 2.0
    while True:
        time.sleep(pause)
        began = time.monotonic()
        try:
            keeper.checkpoint()
        except Exception as error:
            print(json.dumps({"message": "checkpoint failed, the next one follows", "error": repr(error)}), flush=True)
        pause = max(2.0, 10 * (time.monotonic() - began))


if __name__ == "__main__":
    main(Path(sys.argv.pop(1)))  # the emulator reads what is left of the arguments
