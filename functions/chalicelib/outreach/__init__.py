"""Calls that begin with us: campaigns, promised callbacks, and whoever is on call for a client at night."""
