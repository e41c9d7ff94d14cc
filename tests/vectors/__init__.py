"""Published figures of others against ours: `make vectors FILE=...`, or `python -m tests.vectors FILE`.

A file is {"vectors": [{"id", "model", "input", "expected", "exact", "tolerance", "status", ...}]}. A row that is
`inconsistent` is one where the publisher is wrong: there we reproduce `exact`. Other keys are left alone.
"""
