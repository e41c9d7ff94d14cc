"""Email as a channel: what comes in by SES receiving, what goes out by SES sending."""
