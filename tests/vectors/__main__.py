"""`python -m tests.vectors FILE`: a line per failure, then `N passed, M failed`; exit 1 if any failed.

Rows that prove nothing (`doc_inconsistent`, or `same_as` a row that is not there) are counted before that.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.vectors import billing
from tests.vectors.models import MODELS
from tests.vectors.running import BadFile, run


def main(*files: str) -> int:
    passed = failed = skipped = 0
    unknown = False
    for name in files:
        try:
            for row, wrong in run(Path(name)):
                if wrong is None:
                    skipped += 1
                    continue
                for line in wrong:
                    print(f"{row}: {line}")
                    unknown |= line.startswith("no model")
                passed, failed = (passed, failed + 1) if wrong else (passed + 1, failed)
        except BadFile as bad:
            print(bad)
            failed += 1
    if unknown:
        print(f"known models are those of routing: {', '.join(MODELS)}; of billing: {', '.join(billing.MODELS)}")
    if skipped:
        print(f"{skipped} skipped: they prove nothing (doc_inconsistent, or same_as a row that is not there)")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
