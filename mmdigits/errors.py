"""The one exception that means "the input is wrong", as opposed to "the code is wrong"."""


class InputError(ValueError):
    """Something given from outside (a file, a folder, a config value) can't be used.

    The message is one line: who complains, what was given, what is allowed, and where to mend it.
    ``tools/*.py`` print it without a traceback and exit with status 1.
    """


def one_line(error: BaseException) -> str:
    """The message of an exception on one line; empty if it has none."""
    return " ".join(str(error).split())
