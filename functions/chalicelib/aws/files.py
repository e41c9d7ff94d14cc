"""S3 as a brand: files of one bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import quote

from chalicelib.aws.clients import client

_BEGINNING = 256 * 1024
# What a browser may show in place; everything else is saved, whatever its sender calls it.
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"})


@dataclass(frozen=True, slots=True)
class File:
    size: int
    content: bytes = field(repr=False)


class Bucket:
    def __init__(self, name: str) -> None:
        self.name = name

    def fetch(self, key: str, most: int) -> File | None:
        """The file; of one larger than `most` bytes the beginning only, so that memory stays bounded."""
        try:
            answer = _s3().get_object(Bucket=self.name, Key=key)
        except _s3().exceptions.NoSuchKey:
            return None
        size = int(answer["ContentLength"])
        with answer["Body"] as body:
            return File(size, body.read() if size <= most else body.read(_BEGINNING))

    def put(self, key: str, content: bytes, media_type: str) -> None:
        _s3().put_object(Bucket=self.name, Key=key, Body=content, ContentType=media_type)

    def pour(self, key: str, content: IO[bytes], media_type: str) -> None:
        """A file of any size: it is read part by part, and is there as a whole or not at all."""
        from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 - boto3 is loaded on first use

        one_by_one = TransferConfig(use_threads=False)
        _s3().upload_fileobj(content, self.name, key, ExtraArgs={"ContentType": media_type}, Config=one_by_one)

    def tags(self, key: str) -> dict[str, str] | None:
        """What is written on the file; None where there is none."""
        try:
            answer = _s3().get_object_tagging(Bucket=self.name, Key=key)
        except _s3().exceptions.NoSuchKey:
            return None
        return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}

    def tag(self, key: str, tags: Mapping[str, str]) -> bool:
        """Writes these in the place of all that was written on the file. Whether it is there."""
        written = [{"Key": name, "Value": value} for name, value in tags.items()]
        try:
            _s3().put_object_tagging(Bucket=self.name, Key=key, Tagging={"TagSet": written})
        except _s3().exceptions.NoSuchKey:
            return False
        return True

    def move(self, key: str, to: str) -> None:
        """Moving what has been moved is silence."""
        try:
            _s3().copy_object(Bucket=self.name, Key=to, CopySource={"Bucket": self.name, "Key": key})
        except _s3().exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return
            raise
        _s3().delete_object(Bucket=self.name, Key=key)

    def link(self, key: str, *, name: str, media_type: str = "", seconds: int = 300) -> str:
        """An address under which a browser may fetch the file for a while, under this name."""
        kind = "inline" if media_type in _SHOWN else "attachment"
        how = {
            "ResponseContentDisposition": f"{kind}; filename*=UTF-8''{quote(name, safe='')}",
            "ResponseContentType": media_type if media_type in _SHOWN else "application/octet-stream",
        }
        address: str = _s3().generate_presigned_url(
            "get_object", Params={"Bucket": self.name, "Key": key, **how}, ExpiresIn=seconds
        )
        return address


def _s3() -> Any:
    return client("s3")
