"""Where the simulated city's benchmark lies; it is shared between projects and no part of this."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

BESIDE = Path(__file__).parents[2] / "shared" / "bench" / "citybench.py"


def load_citybench() -> Any:
    """The module, from COMPAGNIE_CITYBENCH or from ../shared/bench beside the project.

    Raises:
        SystemExit: it is not there; the message says where it was looked for.
    """
    path = Path(os.environ.get("COMPAGNIE_CITYBENCH", BESIDE))
    if not path.is_file():
        raise SystemExit(
            f"citybench.py is missing: looked for {path}. Set COMPAGNIE_CITYBENCH to its path."
        )
    spec = importlib.util.spec_from_file_location("citybench", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} cannot be loaded as a module.")
    module = importlib.util.module_from_spec(spec)
    sys.modules["citybench"] = module
    spec.loader.exec_module(module)
    return module
