"""A training run that ends itself: run as a script, with the moment as its first argument."""

import os
import signal
import sys
import threading

from hebbovr.cli import main
from hebbovr.files import atomic as files_io
from hebbovr.storage.checkpoints import Checkpoints
from hebbovr.training.state import TrainingState


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def dies_at_call(number, function, half_done=False):
    """Return ``function``, but its call of this number kills the process."""
    calls = iter(range(number))

    def wrapped(*arguments):
        if next(calls, None) is None:
            if half_done:
                function(*arguments)
            die()
        return function(*arguments)

    return wrapped


def arrange(moment, number):
    """Let the process be killed at the call of this number of what ``moment`` names."""
    if moment == "time":  # milliseconds after the first batch
        draw = TrainingState.draw_order

        def start(state):
            threading.Timer(number / 1000, die).start()
            TrainingState.draw_order = draw
            return draw(state)

        TrainingState.draw_order = start
    elif moment == "write":
        create = files_io._create

        def opened(*arguments):
            file = create(*arguments)
            file.write = dies_at_call(20, file.write, half_done=True)
            return file

        calls = iter(range(number))
        files_io._create = lambda *a: opened(*a) if next(calls, None) is None else create(*a)
    elif moment in ("fsync", "replace", "replaced"):
        name = moment.removesuffix("d")
        setattr(os, name, dies_at_call(number, getattr(os, name), half_done=moment == "replaced"))
    elif moment == "saved":  # sends itself the signal of this number
        save = Checkpoints.save

        def saved(*arguments):
            path, Checkpoints.save = save(*arguments), save
            os.kill(os.getpid(), number)
            return path

        Checkpoints.save = saved
    elif moment == "prune":
        Checkpoints._remove = dies_at_call(number, Checkpoints._remove)


if __name__ == "__main__":
    arrange(sys.argv[1], int(sys.argv[2]))
    main(sys.argv[3:])
