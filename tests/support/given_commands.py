"""`regard` as a user gives it, in a process of its own, without loading torch anew for each command."""

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import warm_processes

import regard as package

LONGEST = 240.0
"""Seconds after which a command is given up."""


def regard(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Give a command and wait for its end."""
    command = [str(argument) for argument in arguments]
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        request = {
            "arguments": command,
            "folder": str(cwd or Path.cwd()),
            "environment": dict(os.environ),
            "output": [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (stdout, stderr)],
        }
        returncode = int(_ask(json.dumps(request)))
        said, told = (_text(file) for file in (stdout, stderr))
    return subprocess.CompletedProcess(["regard", *command], returncode, said, told)


def _text(file) -> str:
    file.seek(0)
    return file.read().decode()


def _ask(request: str) -> str:
    server = _server()
    server.stdin.write(request + "\n")
    server.stdin.flush()
    return server.stdout.readline()


@functools.cache
def _server() -> subprocess.Popen[str]:
    """A process that has loaded what commands need, and forks for each of them."""
    server = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(server.kill)
    return server


def _serve() -> None:
    for part in pkgutil.walk_packages(package.__path__, "regard."):
        if not part.name.endswith("__main__"):
            importlib.import_module(part.name)
    importlib.import_module("lightning_fabric")
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            _become(request)
            _end_with(package.cli.main)
        sys.stdout.write(f"{_code(child)}\n")
        sys.stdout.flush()


def _become(request: dict) -> None:
    """Have the arguments, the folder, the environment and the outputs of a command, as if just started."""
    sys.argv = ["regard", *request["arguments"]]
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for number, path in enumerate([os.devnull, *request["output"]]):
        with Path(path).open("r+") as file:
            os.dup2(file.fileno(), number)
    warm_processes.bring_along()


def _end_with(command: Callable[[], None]) -> None:
    """End as Python ends, but without clearing away what the server has loaded, which takes half a second."""
    code: object = 0
    try:
        command()
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:  # noqa: BLE001 - as Python itself ends
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def _code(child: int) -> int:
    """The status of a process once it has ended, by itself or because it took too long."""
    deadline = time.monotonic() + LONGEST
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.005)


if __name__ == "__main__":
    _serve()
