"""The telephone in tests, in a terminal and in a browser; it drives the very same webhooks."""
