"""How fast envctl is, measured as whole processes beside its peers, in one run, on one real Airflow.

    make bench                          everything; writes docs/performance.md anew
    python -m bench --only noop far     some cases, to the terminal
    python -m bench --quick             small sizes, one run each: does it still work?

Nothing here is part of the package, and no test depends on a time.
"""
