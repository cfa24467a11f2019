"""Worker processes that leave Ctrl-C to their parent."""

import signal
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess


def start_deaf(process: BaseProcess) -> None:
    """Starts a spawned process that Ctrl-C never reaches, not even while its interpreter starts.

    A terminal sends Ctrl-C to all processes in the foreground. The parent ends its workers in order; a worker that
    heard it too would print a traceback of its own. A blocked signal stays blocked in the new program.
    """
    resource_tracker.ensure_running()  # a first start would start it, and lift the block afterwards
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
