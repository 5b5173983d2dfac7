"""An object store: restic speaks S3 to a server that answers it."""

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from backups.enums import Fault, Removal, RepositoryKind, RunKind
from backups.models import Repository
from tests.backups.stage import Stage

KEYS = {"access_key": "AKIAEXAMPLEONLY00000", "secret_key": "only-for-the-test-3f1c"}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an object store."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_a_bucket_takes_copies_and_gives_them_back(stage: Stage, s3: str) -> None:
    repository = stage.repository("Bucket", kind=RepositoryKind.S3, host=s3, path="copies/itsm", given=KEYS)
    target = stage.directory()
    stage.policy(target, repository)
    run = stage.good(target)
    stage.good(target, RunKind.DRILL)
    stage.check(repository)
    assert repository.removal == Removal.POSSIBLE  # these keys may, and the page says so
    known = boto3.client(
        "s3", endpoint_url=s3, aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1"
    )
    names = [row["Key"] for row in known.list_objects_v2(Bucket="copies", Prefix="itsm/")["Contents"]]
    assert {"itsm/config"} < set(names)
    assert sum(name.startswith("itsm/snapshots/") for name in names) == 2  # files, and the seal
    assert KEYS["secret_key"] not in run.log + str(run.evidence)


def test_a_bucket_that_is_gone_is_told(stage: Stage, s3: str) -> None:
    target = stage.directory()
    repository = stage.repository("Bucket", kind=RepositoryKind.S3, host=s3, path="other/itsm", given=KEYS)
    stage.policy(target, repository)
    stage.good(target)
    Repository.objects.filter(pk=repository.pk).update(path="never-made/itsm")
    assert stage.bad(target) == Fault.GONE
