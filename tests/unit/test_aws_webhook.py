"""Which addresses a client's webhook may have: those of the internet, however they are written."""

from __future__ import annotations

import pytest

from chalicelib.aws.webhook import _is_outside


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::1"],
)
def test_the_internet_is_outside(address: str) -> None:
    assert _is_outside(address)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",  # shared by a carrier's customers
        "fd00:ec2::254",
        "127.0.0.1",
        "::1",
        "0.0.0.0",
        "::",
        "169.254.169.254",  # where a machine of AWS asks for its own keys
        "fe80::1",
        "fe80::1%eth0",
        "224.0.0.1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "2002:a00:1::1",  # 10.0.0.1 by 6to4
        "64:ff9b::a00:1",  # and behind a translator
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "64:ff9b::808:808",  # it is the translator's network that is refused, whatever lies behind it
    ],
)
def test_what_is_private_or_of_this_machine_is_not_however_it_is_wrapped(address: str) -> None:
    assert not _is_outside(address)
