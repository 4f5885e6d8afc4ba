"""Images in a bucket of an S3-compatible store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ballotbox.errors import ImagesUnavailable
from ballotbox.settings import Settings

_MISSING = {"NoSuchKey", "NoSuchBucket", "404"}
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"total_max_attempts": 2},
    # Not every store has a name for each bucket, or knows the newer checksums.
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class S3Store:
    """The files under a prefix of one bucket, which is made when the first one is put into it."""

    def __init__(self, client: Any, *, bucket: str, prefix: str = "") -> None:  # noqa: ANN401
        """
        Keep files in a bucket.

        :param client: boto3's, for the service `s3`.
        :param prefix: what goes before the names of files, with its slash.
        """
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def put(self, file: str, data: bytes) -> None:
        """Write a file, and make the bucket where it is missing."""
        with _errors():
            try:
                self._put(file, data)
            except ClientError as error:
                if _code(error) != "NoSuchBucket":
                    raise
                self._client.create_bucket(Bucket=self._bucket)
                self._put(file, data)

    def get(self, file: str) -> bytes | None:
        """Read a file."""
        with _errors():
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + file)
                return bytes(found["Body"].read())
            except ClientError as error:
                if _code(error) in _MISSING:
                    return None
                raise

    def delete(self, file: str) -> None:
        """Remove a file."""
        with _errors():
            try:
                self._client.delete_object(Bucket=self._bucket, Key=self._prefix + file)
            except ClientError as error:
                if _code(error) not in _MISSING:
                    raise

    def _put(self, file: str, data: bytes) -> None:
        self._client.put_object(
            Bucket=self._bucket, Key=self._prefix + file, Body=data, ContentType="image/webp"
        )


def bucket_from(settings: Settings) -> S3Store:
    """Make the store for IMAGE_STORE=s3://bucket/prefix; it connects when it is used."""
    bucket, _, prefix = settings.image_store.removeprefix("s3://").strip("/").partition("/")
    client = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint or None,
        region_name=settings.s3_region,
        # Where none are set, boto3 looks where it always does: a role of the machine, its files.
        aws_access_key_id=settings.s3_access_key or None,
        aws_secret_access_key=settings.s3_secret_key or None,
        config=_CONFIG,
    )
    return S3Store(client, bucket=bucket, prefix=f"{prefix}/" if prefix else "")


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ImagesUnavailable from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
