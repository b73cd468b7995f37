"""Publishes and dies: ``mortal.py URL OPTIONS SOURCE SCRATCH``.

For N = 1, 2, ... a forked child publishes to a new name and is killed with SIGKILL at its Nth
touch of the store; another then looks at what the first left. Ends with the first N that a
child survives. Prints one JSON object for each N.
"""

import itertools
import json
import os
import signal
import sys
from functools import partial
from pathlib import Path

import s3fs  # imported before the forks, used only after them

from penstock.artifacts.store import Store

url, options, source, scratch = sys.argv[1:]
storage_options = json.loads(options)


class Fuse:
    """Kills this process at the Nth touch."""

    def __init__(self, length):
        self.left = length

    def burn(self):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def arm(fuse):
    if url.startswith("s3://"):
        arm_s3(fuse)
    else:
        arm_folder(fuse)


def arm_folder(fuse):
    """Burn before each system call that Python audits, and around those it does not."""
    wanted = {"open", "os.link", "os.rename", "os.remove", "os.mkdir", "os.listdir", "os.scandir"}

    def hook(event, arguments):
        if event in wanted and any(url in str(each) for each in arguments):
            fuse.burn()

    sys.addaudithook(hook)
    real = os.fsync

    def fsync(handle):
        fuse.burn()
        real(handle)

    os.fsync = fsync


def arm_s3(fuse):
    """Burn before each request to S3 and after each answer."""
    real = s3fs.S3FileSystem._call_s3

    async def call(self, *arguments, **named):
        fuse.burn()
        answer = await real(self, *arguments, **named)
        fuse.burn()
        return answer

    s3fs.S3FileSystem._call_s3 = call


def in_child(work):
    """Run in a fork, return its wait status and what it wrote."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        answer = work()
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    return os.waitpid(child, 0)[1], text


def open_store():
    return Store(url, cache=Path(scratch), storage_options=storage_options)


def publish(name, length):
    store = open_store()
    arm(Fuse(length))
    store.publish(Path(source), f"dataset:{name}", aliases=["gold"])


def look(name):
    """Return what the dead left; then publish, consume and verify."""
    store = open_store()
    visible = store.versions("dataset", name)
    whole = [store.consume(f"dataset:{name}@{each}").digest for each in visible]
    listed = len(store.list("dataset", name))
    artifact = store.publish(Path(source), f"dataset:{name}")
    consumed = store.consume(artifact.reference)
    return {
        "visible": visible,
        "listed": listed,
        "whole": whole,
        "aliases": store.aliases("dataset", name),
        "then": artifact.reference.version,
        "digest": consumed.digest,
    }


for length in itertools.count(1):
    name = f"n{length}"
    status, _ = in_child(partial(publish, name, length))
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    looked, text = in_child(partial(look, name))
    row = {"n": length, "killed": killed, "status": status, "looked": looked}
    print(json.dumps(row | (json.loads(text) if text else {})), flush=True)
    if not killed:
        break
