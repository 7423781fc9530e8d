"""A studio in a process of its own, for tests that need a real server with a real worker."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager

TOKEN = "a-token-of-many-letters"


@contextmanager
def running(folder, *options, **environment):
    """The URL of a studio on this machine, and its process."""
    settings = {"MENGBI_HOME": str(folder), "MENGBI_THREADS": "1", "OMP_NUM_THREADS": "1"}
    env = {k: v for k, v in os.environ.items() if not k.startswith("MENGBI_")} | settings | environment
    command = [sys.executable, "-m", "mengbi", "studio", "--port", "0", "--no-browser", *options]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline()
        if " at http" not in said:
            process.kill()
            raise AssertionError(f"the studio did not open: {said} {process.stderr.read()}")
        yield said.split(" at ")[1].split()[0], process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def wait_for(client, number, seconds=30):
    """The job as it ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job = client.get(f"/api/v1/jobs/{number}").raise_for_status().json()
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"job {number} is still {job['state']}")
