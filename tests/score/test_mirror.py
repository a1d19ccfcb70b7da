"""The whole output of a run on the desk, and what goes back to a bucket."""

from contextlib import suppress
from pathlib import Path

import pytest
from s3_server import Bucket as Made

from tasks import remote
from tasks.errors import UsageError
from tasks.params import Cluster
from tasks.score import store
from tasks.score.mirror import check_near, mirrored

pytestmark = pytest.mark.chain


@pytest.fixture
def out(bucket: Made) -> str:
    return f"{bucket.url}/out"


def test_what_is_changed_on_the_desk_goes_back_together(bucket: Made, out: str) -> None:
    place = store.at(out)
    for name in ("a/1", "a/2", "b", "c/deep/1"):
        place.put(name, name.encode())
    before = bucket.store.info(f"{out}/c/deep/1")["LastModified"]
    with mirrored(place) as desk:
        (desk / "a/1").write_bytes(b"new")
        (desk / "a/2").unlink()
        (desk / "b").unlink()
        (desk / "d").write_bytes(b"more")
        assert remote.names(out) == ["a/1", "a/2", "b", "c/deep/1"]
    assert {name: bucket.store.cat_file(f"{out}/{name}") for name in remote.names(out)} == {
        "a/1": b"new", "c/deep/1": b"c/deep/1", "d": b"more",
    }  # fmt: skip
    assert bucket.store.info(f"{out}/c/deep/1")["LastModified"] == before


def test_of_a_block_that_fails_nothing_goes_back(bucket: Made, out: str) -> None:
    place = store.at(out)
    place.put("a", b"1")
    with suppress(ValueError), mirrored(place) as desk:
        (desk / "a").write_bytes(b"2")
        raise ValueError
    assert bucket.store.cat_file(f"{out}/a") == b"1"


def test_a_folder_is_its_own_desk(tmp_path: Path) -> None:
    with mirrored(store.at(tmp_path)) as desk:
        assert desk == tmp_path


def test_workers_elsewhere_do_not_see_what_is_fetched_to_this_machine(out: str, tmp_path: Path) -> None:
    check_near(Cluster(), store.at(out))
    check_near(Cluster(address="tcp://a:1"), store.at(tmp_path))
    with pytest.raises(UsageError, match=r"the workers of 'tcp://a:1' don't see it"):
        check_near(Cluster(address="tcp://a:1"), store.at(out))
