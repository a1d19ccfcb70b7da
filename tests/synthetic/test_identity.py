import pytest

from tasks.synthetic.identity import HAIR_STYLES, identity


def test_a_person_stays_the_same_and_differs_from_others() -> None:
    identity.cache_clear()
    first = identity(3, 7)
    identity.cache_clear()
    assert identity(3, 7) == first
    assert len({identity(3, number) for number in range(200)}) == 200
    assert identity(4, 7) != first


def test_people_vary_in_hair_and_skin() -> None:
    people = [identity(1, number) for number in range(300)]
    assert {person.hair_style for person in people} == set(HAIR_STYLES)
    reds = [person.skin[2] for person in people]
    assert min(reds) < 150
    assert max(reds) > 220
    assert all(0 <= channel <= 255 for person in people for channel in (*person.skin, *person.hair, *person.iris))


def test_errors_echo_the_numbers() -> None:
    with pytest.raises(ValueError, match="number=-1"):
        identity(1, -1)
