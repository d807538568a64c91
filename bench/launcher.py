"""Starts one program, waits for it, and writes down what it took; `bench.process` runs this.

On Linux a program's largest resident size begins with that of whoever started it. So it is started from here:
a bare Python that has imported nothing. The report has: exit status, seconds, processor seconds, peak (KiB).
"""

import os
import sys
import time


def main() -> None:
    """Run `sys.argv[2:]` and write the report to the file `sys.argv[1]`."""
    report, *command = sys.argv[1:]
    began = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    seconds = time.monotonic() - began
    peak = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    code = os.waitstatus_to_exitcode(status)
    with open(report, "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib would have to be imported
        file.write(f"{code} {seconds} {used.ru_utime + used.ru_stime} {peak}\n")


if __name__ == "__main__":
    main()
