"""The files that pages load: the bundle that was built from `frontend`, and a few of our own.

All are read once, at start: a path that nobody put there cannot be asked for. The bundle's files
have the hash of their content in their names, and are kept compressed."""

import gzip
import json
import mimetypes
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

ADDRESS = "/assets/"
BUNDLE = Path(__file__).with_name("bundle")
STATIC = Path(__file__).with_name("static")

_FOREVER = "public, max-age=31536000, immutable"
_POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'none'"
"""A script that runs as a worker brings its own policy: it may load parts of itself."""


class Asset(Struct, frozen=True):
    """A file: its content, compressed, and its media type."""

    compressed: bytes
    media_type: str


class Entry(Struct, frozen=True):
    """What a page of the bundle loads: names of assets."""

    script: str
    chunks: tuple[str, ...]
    styles: tuple[str, ...]


class Assets(Struct, frozen=True):
    """Every file by its name, the bundle's pages by theirs (none when it was not built), and the
    address of each file of our own."""

    files: Mapping[str, Asset]
    entries: Mapping[str, Entry]
    own: Mapping[str, str]

    async def answer(self, request: Request) -> Response:
        """One file; 404 for a name that is not there."""
        found = self.files.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        headers = {
            "content-type": found.media_type,
            "cache-control": _FOREVER,
            "content-security-policy": _POLICY,
            "vary": "accept-encoding",
        }
        if not _takes_gzip(",".join(request.headers.getlist("accept-encoding"))):
            return Response(gzip.decompress(found.compressed), headers=headers)
        return Response(found.compressed, headers={**headers, "content-encoding": "gzip"})


def load(bundle: Path = BUNDLE) -> Assets:
    """What is on the disk now."""
    files, own = {}, {}
    for file in sorted(STATIC.iterdir()):
        content = file.read_bytes()
        name = f"{file.stem}-{sha256(content).hexdigest()[:8]}{file.suffix}"
        files[name] = Asset(gzip.compress(content, mtime=0), _media_type(name))
        own[file.name] = ADDRESS + name
    for file in sorted(bundle.glob("*.gz")):
        files[file.stem] = Asset(file.read_bytes(), _media_type(file.stem))
    return Assets(files, _entries(bundle / "manifest.json"), own)


def _entries(manifest: Path) -> dict[str, Entry]:
    if not manifest.exists():
        return {}
    found = json.loads(manifest.read_text())
    return {
        name: Entry(entry["script"], tuple(entry["chunks"]), tuple(entry["styles"]))
        for name, entry in found.items()
    }


def _media_type(name: str) -> str:
    """By our own list first: what the machine's says of scripts differs from one to the next."""
    known = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    suffix = Path(name).suffix
    kind = known.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if suffix in known else kind


def _takes_gzip(accept_encoding: str) -> bool:
    for part in accept_encoding.lower().split(","):
        name, *parameters = [word.strip() for word in part.split(";")]
        if name == "gzip":
            return not any(word.replace(" ", "") in _REFUSED for word in parameters)
    return False


_REFUSED = {"q=0", "q=0.0", "q=0.00", "q=0.000"}
