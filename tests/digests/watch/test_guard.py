"""The guard: hostile spellings of addresses refused, public ones let through."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.model import Failure, FailureKind
from digests.watch.guard import (
    RefusedAddress,
    check_url,
    guarded_socket,
    plain_host,
    refusals,
    refuse_address,
)

INNER_V4 = [
    "0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.64.0.1",
    "100.100.100.200", "100.127.255.255", "127.0.0.0", "127.0.0.1", "127.0.1.1", "127.1.2.3", "127.255.255.255",
    "169.254.0.0", "169.254.0.1", "169.254.169.253", "169.254.169.254", "169.254.170.2", "169.254.255.255",
    "172.16.0.0", "172.16.0.1", "172.17.0.1", "172.31.255.255", "192.0.0.0", "192.0.0.8", "192.0.0.170",
    "192.0.0.192", "192.0.0.255", "192.0.2.0", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.0",
    "192.88.99.1", "192.168.0.0", "192.168.0.1", "192.168.1.1", "192.168.255.255", "192.175.48.1", "198.18.0.0",
    "198.18.0.1", "198.19.255.255", "198.51.100.0", "198.51.100.7", "203.0.113.0", "203.0.113.9", "224.0.0.0",
    "224.0.0.1", "224.0.0.251", "232.1.2.3", "239.255.255.250", "240.0.0.0", "240.0.0.1", "250.1.2.3",
    "255.255.255.254", "255.255.255.255", "168.63.129.16",
]  # fmt: skip
INNER_V6 = [
    "::", "::1", "::2", "::7f00:1", "::127.0.0.1", "::10.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:7f00:1",
    "::ffff:10.0.0.1", "::ffff:192.168.1.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1", "::ffff:0:0:0", "::fffe:7f00:1", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254", "64:ff9b::8.8.8.8", "64:ff9b:1::127.0.0.1", "64:ff9b:1::a00:1", "100::", "100::1",
    "100:0:0:1::1", "2001::", "2001::1", "2001:0:53aa:64c:0:0:80ff:fffe", "2001:0:7f00:1::", "2001:1::1",
    "2001:2::1", "2001:2:0:1::", "2001:3::1", "2001:4:112::1", "2001:5::1", "2001:10::1", "2001:1f::1",
    "2001:20::1", "2001:2f:ffff::1", "2001:30::1", "2001:db8::", "2001:db8::1", "2001:db8:ffff::1", "2002::",
    "2002:7f00:1::", "2002:7f00:1::1", "2002:a00:1::", "2002:a9fe:a9fe::", "2002:c0a8:101::1", "2002:808:808::",
    "2620:4f:8000::1", "3ffe::1", "3fff::1", "3fff:fff::1", "4000::1", "5f00::1", "8000::1", "f000::1", "fc00::",
    "fc00::1", "fd00::1", "fd00:ec2::254", "fd12:3456:789a:1::1", "fdff:ffff::1", "fe00::1", "fe80::",
    "fe80::1", "fe80::1%eth0", "fe80::a9fe:a9fe", "febf::1", "fec0::1", "feff::1", "ff00::", "ff01::1", "ff02::1",
    "ff02::2", "ff02::fb", "ff05::1:3", "ff0e::1", "2a00:1450::5efe:7f00:1", "2a00:1450::5efe:10.0.0.1",
    "2a00:1450::200:5efe:192.168.0.1", "2606:4700::%eth0",
]  # fmt: skip
NOT_CANONICAL = [
    "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "127.0.0.01",
    "127.0.0.1.", " 127.0.0.1", "127.0.0.1 ", "１２７.0.0.1", "127。0。0。1", "[::1]", "::1%", "0:0:0:0:0:0:0:0:1",
    "", "localhost", "1.2.3.4.5", "256.1.1.1", "1.2.3.-4", "::ffff:127.0.0.1.2", "0", "1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.9.9.9", "9.255.255.255", "11.0.0.0", "93.184.216.34", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.0", "151.101.1.69", "169.253.255.255", "169.255.0.0", "172.15.255.255",
    "172.32.0.0", "192.0.1.1", "192.0.3.1", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
    "198.51.99.1", "203.0.112.1", "203.0.114.1", "223.255.255.255", "2001:200::1", "2001:4860:4860::8888",
    "2003::1", "2400:cb00::1", "2606:4700:4700::1111", "2620:fe::fe", "2a00:1450:4001:80b::200e",
    "2a04:4e42::81", "2a00:1450::5efe:8.8.8.8", "3fff:1000::1",
]  # fmt: skip
# Spelled so that a careless parser reads another host; none of these strings is in the lists above.
HOSTILE_URLS = [
    "http://127.1/", "http://0/", "http://0.0.0.0/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/",
    "http://017700000001/", "http://0177.0.0.01/", "http://127.0.0.1./", "http://127.000.000.001/",
    "http://１２７.０.０.１/", "http://127。0。0。1/", "http://⑯⑨.254.169.254/", "http://①②⑦.⓪.⓪.①/",
    "http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:0:0:1]/", "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
    "http://[fe80::1%25eth0]/", "http://[fd00:ec2::254]/", "http://localhost/", "http://LOCALHOST/",
    "http://localhost./", "http://foo.localhost/", "http://ｌocalhost/", "http://printer.local/",
    "http://metadata.google.internal/", "http://instance-data.ec2.internal/", "http://router.lan/",
    "http://nas.home.arpa/", "http://localhost.localdomain/", "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/", "http://2852039166/", "http://192.168.0.1/", "http://10.0.0.1/", "http://1/",
    "http://0x/", "http://example.0x1/", "http://1.2.3.999/", "http://999.999.999.999/", "http://4294967296/",
    "http://user@example.com/", "http://user:secret@example.com/", "http://@127.0.0.1/", "http://example.com@127.0.0.1/",
    "http://127.0.0.1#@example.com/", "http://127.0.0.1?@example.com/", "http://127.0.0.1\\@example.com/",
    "http://example.com\\.evil/", "http://exa mple.com/", "http://example.com\t/", "http://example.com\r\nHost: x/",
    "http://example.com/\x00", "http:///etc/passwd", "http://", "http:", "//example.com/", "example.com", "",
    "http://[::1", "http://[]/", "http://[v1.x]/", "http://%31%32%37.0.0.1/", "http://127.0.0.1%00.example.com/",
    "http://..../", "http://./", "http://\u200b/", "http://\uff0e/", "http://example.com:99999/", "http://example.com:x/",
]  # fmt: skip
OTHER_SCHEMES = [
    "file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "dict://example.com/", "ldap://example.com/",
    "data:text/plain,x", "javascript:alert(1)", "ws://example.com/", "jar:http://example.com!/", "feed://example.com/",
    "HTTPX://example.com/", "netdoc:///etc/passwd", "tftp://example.com/", "ssh://example.com/", "blob:x",
]  # fmt: skip
OTHER_PORTS = [
    0,
    1,
    21,
    22,
    25,
    53,
    81,
    110,
    143,
    445,
    2375,
    3306,
    5432,
    6379,
    8000,
    8080,
    8443,
    9200,
    11211,
    65535,
]


@pytest.mark.parametrize("address", INNER_V4 + INNER_V6 + NOT_CANONICAL)
def test_no_inner_or_oddly_spelled_address_passes(address: str) -> None:
    assert refuse_address(address)


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len({*INNER_V4, *INNER_V6, *NOT_CANONICAL}) >= 150
    assert len({*HOSTILE_URLS, *OTHER_SCHEMES}) + len(OTHER_PORTS) >= 100
    assert len({*OTHER_SCHEMES}) + len({*OTHER_PORTS}) >= 30


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    assert refuse_address(address) is None
    host = f"[{address}]" if ":" in address else address
    assert check_url(f"https://{host}/feed") is None


@given(st.ip_addresses(v=4))
def test_whatever_the_standard_library_calls_not_global_is_refused(ip: IPv4Address) -> None:
    if not ip.is_global or ip.is_multicast:
        assert refuse_address(ip)


@given(
    st.ip_addresses(v=4, network=IPv4Network("127.0.0.0/8")),
    st.sampled_from(["::ffff:0:0", "64:ff9b::", "::"]),
)
def test_loopback_inside_another_form_is_refused(ip: IPv4Address, form: str) -> None:
    assert refuse_address(IPv6Address(int(IPv6Address(form)) | int(ip)))
    assert refuse_address(IPv6Address((0x2002 << 112) | (int(ip) << 80) | 1))


@given(st.ip_addresses(v=6))
def test_nothing_outside_the_space_given_out_passes(ip: IPv6Address) -> None:
    if ip not in IPv6Network("2000::/3"):
        assert refuse_address(ip)


@pytest.mark.parametrize("url", HOSTILE_URLS + OTHER_SCHEMES)
def test_no_hostile_url_passes(url: str) -> None:
    assert isinstance(check_url(url), Failure)


@pytest.mark.parametrize("port", OTHER_PORTS)
def test_only_the_webs_ports_pass_unless_allowed(port: int) -> None:
    found = check_url(f"http://example.com:{port}/")
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.BLOCKED_ADDRESS
    assert (check_url(f"http://example.com:{port}/", ports=None) is None) == (port != 0)
    assert (check_url(f"http://example.com:{port}/", ports=frozenset({port})) is None) == (port != 0)


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "https://example.com:443/a?b=c#d", "HTTP://EXAMPLE.COM:80", "https://bücher.example/",
     "https://xn--bcher-kva.example/", "http://intranetter.example/", "https://sub.internals.example/",
     "https://1.example.com/", "https://0x7f.example.com/", "https://example.com./", "https://例え.テスト/feed"],
)  # fmt: skip
def test_public_urls_pass(url: str) -> None:
    assert check_url(url) is None


def test_a_refusal_never_repeats_credentials() -> None:
    found = check_url("http://user:hunter2@example.com/")
    assert isinstance(found, Failure)
    assert "hunter2" not in found.reason


def test_a_url_may_have_4096_characters_and_no_more() -> None:
    start = "https://example.com/"
    assert check_url(start + "a" * (4096 - len(start))) is None
    assert check_url(start + "a" * (4097 - len(start))) is not None


def test_a_very_long_url_is_refused() -> None:
    assert check_url("https://example.com/" + "a" * 5000)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "::1", "fd00::1", "::ffff:127.0.0.1"]
)
def test_an_owner_may_allow_the_own_house(address: str) -> None:
    assert refuse_address(address, allow_private=True) is None


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "fe80::1", "224.0.0.1"],
)
def test_metadata_and_link_local_stay_refused_even_then(address: str) -> None:
    assert refuse_address(address, allow_private=True)


def test_inner_names_pass_only_when_allowed() -> None:
    assert check_url("http://localhost:8080/", ports=None, allow_private=True) is None


def test_a_socket_is_made_for_a_public_address_only() -> None:
    made = guarded_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80)))
    made.close()
    with pytest.raises(RefusedAddress, match="private address"):
        guarded_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80)))


def test_the_reason_is_noted_for_the_request_it_belongs_to() -> None:
    noted: list[str] = []
    token = refusals.set(noted)
    try:
        with pytest.raises(RefusedAddress):
            guarded_socket((socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 80, 0, 0)))
    finally:
        refusals.reset(token)
    assert noted == ["an address of this machine"]


def test_a_host_that_no_encoding_can_write_is_none() -> None:
    assert plain_host("a" * 70 + "ü.example") is None


WHY = {
    "a cloud's metadata address": ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192",
                                   "fd00:ec2::254", "fd20:ce::254"],
    "an address of this machine": ["0.0.0.0", "127.0.0.1", "::", "::1"],
    "a private address": ["10.0.0.1", "172.16.0.1", "192.168.0.1", "fc00::1"],
    "a provider's inner address": ["100.64.0.1"],
    "a link-local address": ["169.254.0.1", "fe80::1", "fe80::1%eth0"],
    "a reserved address": ["192.0.0.1", "192.31.196.1", "192.175.48.1", "240.0.0.1", "2620:4f:8000::1", "3ffe::1",
                           "4000::1"],
    "a documentation address": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "a relay address": ["192.52.193.1", "192.88.99.1"],
    "a benchmarking address": ["198.18.0.1"],
    "a multicast address": ["224.0.0.1", "ff02::1"],
    "a protocol or tunnel address": ["2001::1"],
    "a tunnel address": ["2002::1"],
    "an IPv4 address in disguise": ["::ffff:8.8.8.8"],
    "not an address in its usual notation": ["127.1"],
}  # fmt: skip


@pytest.mark.parametrize(("why", "address"), [(why, ip) for why, some in WHY.items() for ip in some])
def test_each_refusal_has_its_reason(why: str, address: str) -> None:
    assert refuse_address(address) == why


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.com/" + "a" * 5000, "the address is too long"),
        ("https://example.com/ ", "the address holds spaces or control characters"),
        ("https://example.com/\x7f", "the address holds spaces or control characters"),
        ("https://example.com/\\x", "the address holds spaces or control characters"),
        ("https://example.com/\x1f", "the address holds spaces or control characters"),
        ("http://[::1", "the address is not a valid URL"),
        ("ftp://example.com/", "only http and https addresses are read"),
        ("http://a:b@example.com/", "the address holds a user name or password"),
        ("http://example.com:22/", "port 22 is not read, only the web's own ports are"),
        ("http://[v1.x]/", "the address has no valid host name"),
        ("http:///x", "the address has no valid host name"),
        ("http://a.intranet/", "a.intranet is a name of an inner network"),
        ("http://" + "a" * 200 + ".local/", "a" * 100 + " is a name of an inner network"),
    ],
)
def test_each_refused_url_has_its_reason(url: str, reason: str) -> None:
    found = check_url(url)
    assert found is not None
    assert found.reason == reason


@pytest.mark.parametrize("character", "%<>^|\"'`{}")
def test_a_host_holds_no_such_character(character: str) -> None:
    assert plain_host(f"a{character}b.example") is None


@pytest.mark.parametrize(
    ("host", "plain"),
    [("ＡＢ。example", "ab.example"), ("a.example..", "a.example"), ("a:b", "a:b"), ("bücher.example", "xn--bcher-kva.example")],
)  # fmt: skip
def test_a_host_is_folded(host: str, plain: str) -> None:
    assert plain_host(host) == plain


@pytest.mark.parametrize(
    ("host", "ports", "passes"),
    [("0xyz.example", None, True), ("a.0xfe", None, False), ("a.0xfg", None, True), ("a.face", None, True)],
)
def test_only_what_a_resolver_may_take_for_a_number_is_one(host: str, ports: None, passes: bool) -> None:
    assert (check_url(f"http://{host}/", ports=ports) is None) is passes


def test_the_webs_ports_are_known_by_their_scheme() -> None:
    assert check_url("https://example.com/", ports=frozenset({443})) is None
    assert check_url("http://example.com/", ports=frozenset({80})) is None
    assert check_url("http://example.com/", ports=frozenset({443})) is not None


def test_a_public_address_inside_does_not_open_a_refused_network() -> None:
    assert refuse_address("2001:db8::5efe:808:808") == "a documentation address"


def test_a_refused_socket_says_why() -> None:
    row = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("10.0.0.1", 80))
    with pytest.raises(RefusedAddress, match=r"^a private address is not connected to$"):
        guarded_socket(row)


def test_a_number_of_another_base_is_one_by_its_digits() -> None:
    assert check_url("http://a.0xx/") is None
