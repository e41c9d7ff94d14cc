"""`python -m tests.bench [prefix]`: one JSON line per benchmark on standard output; exit 1 when a limit is broken."""

from __future__ import annotations

import importlib
import sys

# bench name (or its first part) → the module that measures it
MODULES = {
    "billing.rate": "billing_rate",
    "import": "imports",
    "requests": "requests_",
    "local": "local",
    "setup": "setup_",
    "billing.draft": "billing_draft",
    "billing.shares": "billing_shares",
    "billing.run": "billing_run",
    "routing.decide": "routing_match",
    "routing.fair": "routing_fair",
    "routing.match": "routing_match",
    "routing.mixed": "routing_mixed",
    "routing.pool": "routing_pool",
    "routing.requests": "routing_requests",
    "voice.cost": "voice_cost",
    "voice.flows": "voice_flows",
    "voice.flows.random": "voice_random",
    "voice.lambda": "voice_lambda",
    "voice.latency": "voice_latency",
}


def main(prefix: str = "") -> int:
    # Standard output is for the lines alone; what the doors log while they are measured goes beside it.
    out, sys.stdout = sys.stdout, sys.stderr
    broken = 0
    asked = {module for name, module in MODULES.items() if name.startswith(prefix) or prefix.startswith(name)}
    if not asked:
        print(f"no bench {prefix!r}; there are {', '.join(MODULES)}", file=sys.stderr)
        return 2
    for module in sorted(asked):
        for line in importlib.import_module(f"tests.bench.{module}").bench():
            if line.bench.startswith(prefix):
                print(line, file=out, flush=True)
                broken += line.ok is False
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
