"""Benchmarks against peers: `python -m bench.NAME`. They are no part of the service."""
