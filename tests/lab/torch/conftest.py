import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """As the runs that the tests start: another number of threads is another last bit."""
    torch.set_num_threads(1)
