"""A private server of the system's PostgreSQL, to run tests on something older than our own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from matcher.store.engine import Database

SYSTEM_USER = "postgres"


def start_system_postgres(binaries: Path, folder: Path) -> Database:
    """Start a fresh server of `binaries` on a socket in `folder`; `stop` ends it.

    PostgreSQL refuses to run as root: root hands the folder to the user Debian made for it.
    """
    data = folder / "data"
    as_user = ["runuser", "-u", SYSTEM_USER, "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, SYSTEM_USER)
        folder.chmod(0o755)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*as_user, str(binaries / program), *arguments],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )

    run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", f"--pgdata={data}")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "start", "-w", f"--pgdata={data}", f"--log={folder / 'log'}", f"-o{options}")
    return Database(
        f"postgresql+psycopg://postgres@/postgres?host={folder}",
        lambda: run("pg_ctl", "stop", "-w", "-m", "fast", f"--pgdata={data}"),
    )
