"""Any flow alone, in a world made from a seed: what it does, where it ends, which of its branches are reached."""
