"""Chat: a widget on the client's site, a signed session, messages in order."""
