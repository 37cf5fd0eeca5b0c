"""The demo: an invented town to try everything on, absent everywhere else."""

from api.demo.clock import DemoClock
from api.demo.messenger import DemoMessenger, DemoPusher
from api.demo.pages import make_router
from api.demo.seed import seed

__all__ = ["DemoClock", "DemoMessenger", "DemoPusher", "make_router", "seed"]
