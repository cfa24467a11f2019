import multiprocessing
import os
import signal
import time

from vst_robot.processes import start_deaf


def test_ctrl_c_does_not_reach_the_process_from_its_first_moment_on():
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(0.2,))
    start_deaf(process)
    assert process.pid is not None
    while process.exitcode is None:
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.01)
    assert process.exitcode == 0


def test_the_parent_goes_on_hearing_it():
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(0,))
    start_deaf(process)
    process.join()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
