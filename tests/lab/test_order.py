from mengbi.lab.order import Order, settled


def test_the_command_of_a_run_says_what_was_ordered_and_not_where_files_lie():
    order = Order(recipe="dcgan", data="/home/ada/cats", start="/runs/first", steps=90)
    assert order.told == "mengbi lab train dcgan --data cats --from first --steps 90"
    assert Order(recipe="lstm", data="shakespeare:1000").told == "mengbi lab train lstm --data shakespeare:1000"


def test_it_names_no_data_that_mengbi_makes_itself():
    for recipe in ("dream", "upscale", "avatar"):
        assert Order(recipe=recipe, data="/made/before", preset="gpu").told == f"mengbi lab train {recipe} --preset gpu"


def test_a_path_is_kept_in_full_and_a_name_stays_a_name_whatever_lies_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mnist", "poems", "dream", "cats"):
        (tmp_path / name).mkdir()
    assert settled("cats") == str((tmp_path / "cats").resolve())
    for name in ("mnist", "poems", "dream", "poems:2000", "no-such", "", None):
        assert settled(name) == name
