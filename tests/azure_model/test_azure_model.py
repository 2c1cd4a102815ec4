"""A random but legal Azure, in time that jumps: /metrics never lies, and ends at the truth."""

import pytest

from tests.azure_model.run import try_seed

SEEDS = range(20)


@pytest.mark.e2e
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_azure_does(seed: int) -> None:
    """No state that Azure never said, no finished state left, no counter falls or counts twice.

    Once Azure rests, states, counts, documents and charges equal the truth. Again alone:
    `python -m tests.fuzz --azure SEED`.
    """
    assert not try_seed(seed).wrong
