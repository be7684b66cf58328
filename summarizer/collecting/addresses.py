"""Which addresses requests may reach."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Beside what the standard library calls not global: its lists differ between Python versions,
# and some of these carry an IPv4 address inside that would have to be checked again.
_REFUSED = tuple(
    ip_network(block)
    for block in (
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "192.0.0.0/24",  # IETF protocol assignments, RFC 6890
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "198.18.0.0/15",  # benchmarking, RFC 2544
        "240.0.0.0/4",
        "2001::/23",  # IETF protocol assignments with Teredo, RFC 2928
        "2001:db8::/32",
        "2002::/16",  # 6to4, RFC 3056
        "3fff::/20",  # documentation, RFC 9637
    )
)
# Everything but global unicast: loopback, IPv4-mapped, NAT64, unique local, link-local, multicast.
_GLOBAL_UNICAST = ip_network("2000::/3")

_WEB_PORTS = frozenset({80, 443})
# Ports from 1024 on that the Fetch standard blocks, and databases that answer to lines of text.
_BLOCKED_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3306, 3659, 4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566}
    | {*range(6665, 6670), 6679, 6697, 9200, 10080, 11211, 27017}
)


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet.

    Not public: private, loopback, link-local, multicast, reserved, documentation, carrier-grade
    NAT, and IPv6 addresses that hold an IPv4 one (mapped, NAT64, 6to4, Teredo).
    """
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if parsed.version == 6 and parsed not in _GLOBAL_UNICAST:
        return False
    if not parsed.is_global or parsed.is_multicast or parsed.is_reserved:
        return False
    return not any(parsed in network for network in _REFUSED)


def is_web_port(port: int) -> bool:
    """Return whether web servers are to be expected at a port: 80, 443 or an unprivileged one."""
    return port in _WEB_PORTS or (1024 <= port <= 65535 and port not in _BLOCKED_PORTS)
