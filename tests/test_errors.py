import inspect
import re
from textwrap import dedent

from mengbi import errors
from mengbi.errors import BriefError, MengbiError


def drawn():
    """The tree in the module's docstring, as (name, parent) pairs."""
    pairs, above = {}, {}
    _, _, tree = errors.__doc__.partition("\n")
    for line in dedent(tree).splitlines():
        found = re.match(r"([│├└─ ]*)([A-Z]\w+)", line)
        if found:
            depth = len(found[1]) // 4
            above[depth] = found[2]
            pairs[found[2]] = above.get(depth - 1)
    return pairs


def test_the_tree_of_errors_is_the_one_that_the_docstring_draws():
    classes = [item for _, item in inspect.getmembers(errors, inspect.isclass) if issubclass(item, MengbiError)]
    assert drawn() == {item.__name__: item.__base__.__name__ if item is not MengbiError else None for item in classes}


def test_every_error_says_what_it_is_for():
    for name in drawn():
        assert getattr(errors, name).__doc__


def test_the_callers_mistakes_exit_with_two_and_ours_with_one():
    for name in drawn():
        error = getattr(errors, name)
        assert error.exit_code == (2 if issubclass(error, BriefError) else 1)
