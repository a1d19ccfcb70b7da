"""URLs as text: what is one, how it is joined, and what of it may be shown."""

import re
from typing import Final
from urllib.parse import unquote

WEB: Final = ("http://", "https://")

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_IN_TEXT: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://[^\s'\"<>]+")
# Parameters by which signed addresses let their holder in: Amazon's, Google's, CloudFront's, Azure's, and what others
# call theirs. Without them one object has one name, whenever its address was signed.
_SIGNATURE: Final = re.compile(
    r"x-(amz|goog|oss)-.*|signature|expires|awsaccesskeyid|googleaccessid|key-pair-id|policy|sig|"
    r".*(token|secret|passw|pwd|credential|api_?-?key|access_?-?key|auth).*",
    re.IGNORECASE,
)
_AZURE: Final = frozenset(
    ("sv", "ss", "srt", "sp", "st", "se", "spr", "sr", "sip", "skoid", "sktid", "skt", "ske", "sks", "skv")
)


def is_url(path: str) -> bool:
    """Whether ``path`` names a scheme; a drive's letter is none."""
    return _URL.match(path) is not None


def plain(path: str) -> str:
    """``path`` without the scheme ``file://``; other URLs and paths as they are, nothing as the folder one is in."""
    return (unquote(path[7:]) if path.lower().startswith("file://") else path) or "."


def join(root: str, name: str) -> str:
    """The file ``name`` of the folder ``root``; ``root`` itself for an empty name."""
    return f"{root.rstrip('/')}/{name}" if name else root


def folder_of(path: str) -> str:
    """The folder that a file lies in."""
    above, slash, _ = path.rpartition("/")
    return above or slash or "."


def shown(url: str) -> str:
    """``url`` without what lets its holder in: a user with a password, and the signature in a web address' query."""
    if not is_url(url):
        return url
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    place = place.rpartition("@")[2]
    if f"{scheme.lower()}://" not in WEB:  # a bucket's objects may be called with question marks
        return f"{scheme}://{place}{slash}{path}"
    head, mark, query = f"{place}{slash}{path}".partition("?")
    query, sharp, fragment = query.partition("#")
    kept = "&".join(_kept(query))
    return f"{scheme}://{head}{mark if kept else ''}{kept}{sharp}{fragment}"


def masked(text: str) -> str:
    """``text`` with each URL in it as it is ``shown``."""
    return _IN_TEXT.sub(lambda found: shown(found[0]), text)


def _kept(query: str) -> list[str]:
    names = [(pair, unquote(pair.partition("=")[0])) for pair in query.split("&") if pair]
    azure = any(name.lower() == "sig" for _, name in names)
    return [pair for pair, name in names if not _SIGNATURE.fullmatch(name) and not (azure and name.lower() in _AZURE)]
