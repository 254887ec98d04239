"""The one error of the bench."""


class BenchFailed(RuntimeError):
    """What was measured did not do what it should: the figures would mean nothing."""
