"""What callers hear beside a client's own texts, one module per language that we have a voice for."""
