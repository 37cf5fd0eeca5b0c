"""The wheel's dependencies are the ones in run.in: one list, not two."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class RunDependencies(MetadataHookInterface):
    """Reads requirements/run.in into the project's metadata."""

    def update(self, metadata: dict[str, object]) -> None:
        """Set `dependencies`, one requirement a line."""
        lines = Path(self.root, "requirements", "run.in").read_text().splitlines()
        metadata["dependencies"] = [line for line in lines if line]
