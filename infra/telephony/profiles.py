"""What the telephony stack calls that which a user of Amazon Connect is made with; it is looked for by these names."""

from __future__ import annotations

AGENTS, SUPERVISORS = "Manyline agents", "Manyline supervisors"  # security profiles
ROUTING = "Manyline agents"  # the routing profile: one call at a time
