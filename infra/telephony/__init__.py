"""Numbers on Amazon Connect: claimed for a client, led into the one inbound flow, given back."""
