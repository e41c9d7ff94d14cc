"""Published figures of others against ours: `make vectors FILE=...`, or `python -m tests.vectors FILE`.

A file is {"vectors": [{"id", "model", "input", "expected", "status", ...}]}; other keys are left alone.

- `model` is one of routing (`models.py`) or of billing (`billing.py`): a function of `input` that says figures by name.
- `input`: numbers as texts ("0.006") or whole numbers. Routing takes them in the unit of the key (`aht_s`, `aht_min`).
  Billing names money and prices in the major unit, or `..._cents`; `round` ("up/4dp", "half_up/2dp") says how a figure
  was rounded; tiers are {"up_to", "unit", "flat"} or ["up_to", "2%", "flat"], the last one with up_to null.
  {"same_as": "ID"} takes the input of another row of the file.
- `expected`: the published figures by name; `tolerance` (routing only) by how much each may be off, else half a unit of
  its last digit. Figures of billing are compared exactly, those without end (14/29) at the digits that were published.
- `status`: `match`, `derived`, `rounding`: `expected` counts. `inconsistent` (routing) and `cautionary` (billing): the
  publisher is wrong, and `exact` or `exact_recomputed` counts. `doc_inconsistent` proves nothing and is skipped.

The last line is `N passed, M failed`, and before it, if there were any, `K skipped`.
"""
