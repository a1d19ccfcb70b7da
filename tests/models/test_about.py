import pytest

from tasks.models import ARCHITECTURES
from tasks.models.about import about


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_says_what_it_is_and_where_it_is_from(name: str) -> None:
    found = about(ARCHITECTURES[name])
    assert found.summary.endswith(".")
    assert 20 < len(found.summary) < 120
    assert 20 < len(found.source) < 120
    assert "\n" not in found.summary + found.source


def test_a_module_without_a_source() -> None:
    with pytest.raises(ValueError, match=r"'Source: \.\.\.'"):
        about(pytest.raises)
