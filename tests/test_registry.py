import threading
import time
from functools import cache
from importlib.metadata import EntryPoint

import pytest

from mengbi.errors import FaultError, UnknownName
from mengbi.registry import Registry, _load, load_plugins, nearest


def colors():
    registry = Registry[int]("colour")
    for number, name in enumerate(("red", "green", "blue")):
        registry.register(name, number)
    return registry


def test_a_name_finds_what_was_registered_under_it():
    assert colors().find("green") == 1


def test_names_come_in_their_order():
    assert colors().names() == ["red", "green", "blue"]


def test_a_name_is_refused_twice():
    registry = colors()
    with pytest.raises(FaultError, match="colour 'red' is registered twice"):
        registry.register("red", 9)
    assert registry.find("red") == 0


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownName, match=r"no colour 'gren'; did you mean 'green'\? \(choose from red, green, blue\)"):
        colors().find("gren")
    with pytest.raises(UnknownName, match="no colour 'zzz'; choose from red, green, blue"):
        colors().find("zzz")


def test_a_path_is_imported_when_it_is_first_asked_for():
    registry = Registry[object]("thing")
    registry.register("absent", "a_module_that_is_not_there:x")
    registry.register("pi", "math:pi")
    assert registry.names() == ["absent", "pi"]
    assert registry.find("pi") == pytest.approx(3.14159, abs=1e-5)


def test_what_cannot_be_imported_is_a_fault_in_one_line():
    registry = Registry[object]("thing")
    registry.register("absent", "a_module_that_is_not_there:x")
    registry.register("empty", "math:nothing_of_this_name")
    for name in registry.names():
        with pytest.raises(FaultError, match=f"thing '{name}' cannot be loaded"):
            registry.find(name)


def test_a_plug_in_that_cannot_be_loaded_is_named_before_any_other_registers(monkeypatch):
    called = []
    monkeypatch.setattr("builtins.a_register", lambda: called.append(1), raising=False)
    entries = [
        EntryPoint(name="a", value="builtins:a_register", group="mengbi"),
        EntryPoint(name="odd", value="a_module_that_is_not_there:register", group="mengbi"),
    ]
    monkeypatch.setattr("mengbi.registry.entry_points", lambda group: entries)
    with pytest.raises(FaultError, match="the plug-in 'odd' cannot be loaded"):
        _load.__wrapped__()
    assert not called
    del entries[1]
    _load.__wrapped__()
    assert called == [1]


def test_a_long_list_is_not_recited():
    names = [f"name{i}" for i in range(1000)]
    assert len(nearest("nmae7", names)) < 200
    assert len(nearest("猫", names)) < 200


def test_threads_that_ask_first_at_once_register_everything_once(monkeypatch):
    registry, together, begun = colors(), threading.Barrier(2), []

    def slow():
        begun.append(1)
        time.sleep(0.05)
        registry.register("violet", 4)

    monkeypatch.setattr("mengbi.registry._load", cache(slow))

    def ask():
        together.wait()
        load_plugins()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert begun == [1] and registry.find("violet") == 4
