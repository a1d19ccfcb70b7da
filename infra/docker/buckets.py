"""Make the buckets that are missing in the S3 store that the environment names (AWS_ENDPOINT_URL and its keys).

python infra/docker/buckets.py mlflow dvc
"""

import sys

import botocore.session


def make(names: list[str]) -> list[str]:
    """Make those of ``names`` that aren't there; say which."""
    store = botocore.session.get_session().create_client("s3")
    held = {bucket["Name"] for bucket in store.list_buckets().get("Buckets", [])}
    made = [name for name in names if name not in held]
    for name in made:
        store.create_bucket(Bucket=name)
    return made


if __name__ == "__main__":
    print("made:", ", ".join(make(sys.argv[1:])) or "none")  # noqa: T201
