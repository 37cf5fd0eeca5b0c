"""The service itself, without its doors."""
