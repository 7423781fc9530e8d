import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """As the runs that the tests start: another number of threads is another last bit."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def nobodys_home(tmp_path_factory):
    """Runs are written down in a place of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MENGBI_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("MENGBI_DATABASE", raising=False)
        yield
