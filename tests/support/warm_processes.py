"""The server that starts worker processes, without loading torch anew for each command.

A command that trains starts a server of processes, which imports torch and half of regard: three seconds of a
processor. Here the command brings along a process that has loaded all of it and waits, and that becomes the
server as soon as one is to be started. It is a child of the command as the other would be.
"""

import fcntl
import json
import os
import socket
from multiprocessing import util
from typing import Any

HIGH = 200
"""Descriptors from here on are free in a process that has just begun."""

SERVER = "from multiprocessing.forkserver import main"


def bring_along() -> None:
    """Have a process that waits to become the server of processes. To be called before threads begin."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    waiting = os.fork()
    if not waiting:
        ours.close()
        _wait_and_serve(theirs)
    theirs.close()
    start_anew = util.spawnv_passfds

    def start(path: bytes, args: list[Any], passed: list[int]) -> int:
        nonlocal waiting
        if not waiting or not args[-1].startswith(SERVER):
            return start_anew(path, args, passed)
        message = json.dumps({"command": args[-1], "numbers": list(passed)}).encode()
        socket.send_fds(ours, [message], list(passed))
        process, waiting = waiting, 0
        ours.close()
        return process

    util.spawnv_passfds = start


def _wait_and_serve(asked: socket.socket) -> None:
    """Become the server once asked to, and end with whoever asks."""
    try:
        message, received, *_ = socket.recv_fds(asked, 2**20, 8)
        asked.close()
        if message:
            request = json.loads(message)
            _renumber(received, request["numbers"])
            exec(request["command"], {})
    finally:
        os._exit(0)


def _renumber(received: list[int], numbers: list[int]) -> None:
    """Give descriptors the numbers by which the command of the server names them."""
    moved = [fcntl.fcntl(each, fcntl.F_DUPFD, HIGH) for each in received]
    for each in received:
        os.close(each)
    for descriptor, number in zip(moved, numbers, strict=True):
        os.dup2(descriptor, number, inheritable=False)
        os.close(descriptor)
