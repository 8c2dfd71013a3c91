"""The files that pages load: the bundle built from `frontend`, and the files in `static`.

All are read at start, so requests cannot reach other files. Names contain a hash of the content.
The build has compressed the bundle; nothing is compressed or decompressed for a single request."""

import gzip
import json
import mimetypes
from collections.abc import Mapping
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.web.compression import accepts_gzip
from app.web.negotiation import accepted

ADDRESS = "/assets/"
BUNDLE = Path(__file__).with_name("bundle")
STATIC = Path(__file__).with_name("static")

_IMMUTABLE = "public, max-age=31536000, immutable"
_POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'none'"
"""Workers are subject to the policy of their own script, and load further scripts."""


class Asset:
    """A file: its content, compressed with gzip, and its media type."""

    def __init__(self, compressed: bytes, media_type: str) -> None:
        self.compressed = compressed
        self.media_type = media_type

    @cached_property
    def plain(self) -> bytes:
        """The content for clients that do not accept gzip, kept from the first of them on: few are
        such, and the whole bundle has 6.5 MB."""
        return gzip.decompress(self.compressed)


class Entry(Struct, frozen=True):
    """The assets that a page of the bundle loads, by name; `first_part` are those that most of what
    it loads later depends on, and `shell` is HTML to show until then."""

    script: str
    chunks: tuple[str, ...]
    styles: tuple[str, ...]
    first_part: tuple[str, ...] = ()
    shell: str = ""


class Assets(Struct, frozen=True):
    """All files by name, the pages of the bundle (none if it was not built), and the addresses of
    the static files."""

    files: Mapping[str, Asset]
    entries: Mapping[str, Entry]
    own: Mapping[str, str]

    async def answer(self, request: Request) -> Response:
        """A file as a response. Raises HTTPException (404) for an unknown name."""
        asset = self.files.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        headers = {
            "content-type": asset.media_type,
            "cache-control": _IMMUTABLE,
            "content-security-policy": _POLICY,
            "vary": "Accept-Encoding, Origin",
        }
        if not accepts_gzip(accepted(request.scope, "accept-encoding")):
            return Response(asset.plain, headers=headers)
        return Response(asset.compressed, headers={**headers, "content-encoding": "gzip"})


def load(bundle: Path = BUNDLE) -> Assets:
    """Read all files from disk."""
    static = _static()
    files = {file.name: file.asset for file in static}
    own = {file.original: ADDRESS + file.name for file in static}
    for file in sorted(bundle.glob("*.gz")):
        files[file.stem] = Asset(file.read_bytes(), _media_type(file.stem))
    return Assets(files, _entries(bundle / "manifest.json"), own)


class _Static(Struct, frozen=True):
    original: str
    name: str
    asset: Asset


@cache
def _static() -> tuple[_Static, ...]:
    """The static files, read and compressed once for all applications of the process."""
    static = []
    for file in sorted(STATIC.iterdir()):
        content = file.read_bytes()
        name = f"{file.stem}-{sha256(content).hexdigest()[:8]}{file.suffix}"
        asset = Asset(gzip.compress(content, mtime=0), _media_type(name))
        static.append(_Static(file.name, name, asset))
    return tuple(static)


def _entries(manifest: Path) -> dict[str, Entry]:
    if not manifest.exists():
        return {}
    entries = json.loads(manifest.read_text())
    return {
        name: Entry(
            entry["script"],
            tuple(entry["chunks"]),
            tuple(entry["styles"]),
            tuple(entry.get("firstPart", ())),
            entry.get("shell", ""),
        )
        for name, entry in entries.items()
    }


def _media_type(name: str) -> str:
    """The media type; not from the system's registry for scripts, where it varies by machine."""
    known = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    suffix = Path(name).suffix
    kind = known.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if suffix in known else kind
