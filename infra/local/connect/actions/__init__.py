"""One small function per action type, entered in `registry.HANDLERS` by its name in the language."""
