"""Arrow's own S3 client, set up like ours: for readers that scan many files in threads of their own."""

from __future__ import annotations

from urllib.parse import urlsplit

from pyarrow.fs import S3FileSystem

from shared.storage import aws
from shared.storage.s3_errors import explained


def arrow_filesystem() -> S3FileSystem:
    """A file system over `bucket/key` paths, with the region, credentials and endpoint of `aws.client("s3")`.

    Its credentials are those of this moment, so it is made anew for each query and never kept. Raises `StorageError`
    when there are none.
    """
    meta = aws.client("s3").meta
    settings: dict[str, str] = {}
    if not aws.is_amazons(meta.endpoint_url):
        endpoint = urlsplit(meta.endpoint_url)
        settings = {"endpoint_override": endpoint.netloc, "scheme": endpoint.scheme}
    with explained("S3", "log in to"):
        access_key, secret_key, session_token = aws.credentials()
    return S3FileSystem(
        access_key=access_key,
        secret_key=secret_key,
        session_token=session_token,
        region=meta.region_name,
        **settings,
    )
