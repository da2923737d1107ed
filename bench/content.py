"""What is served: blobs of three sizes and their manifest, laid out as paths of the registry API."""

import dataclasses
import hashlib
import json
import os

REPOSITORY = "bench"
TAG = "latest"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CHUNK = 1 << 20


@dataclasses.dataclass
class Blob:
    digest: str
    size: int


class Content:
    """The files below `root`/blobs and `root`/manifests, each named by its digest."""

    def __init__(self, root, large_size):
        self.root = root
        for kind in ("blobs", "manifests"):
            (root / kind).mkdir(parents=True)
        self.large = self._random(large_size)
        self.medium = self._random(1 << 20)
        self.small = self._random(2 << 10)
        self.config = self._store("blobs", b"{}")
        self.manifest = self._store("manifests", self._manifest())
        (root / "manifests" / TAG).symlink_to(self.manifest.digest)
        self._changing, self._prefix = self._unfinished(large_size)

    def path(self, blob, kind="blobs"):
        return self.root / kind / blob.digest

    def cold(self):
        """A large blob that nobody has asked for yet; it takes the place of the one before.

        The file stays, only its tail and thus its name change: nothing large is written between
        two measurements.
        """
        tail = os.urandom(64)
        digest = self._prefix.copy()
        digest.update(tail)
        blob = Blob("sha256:" + digest.hexdigest(), self.large.size)
        with open(self._changing, "r+b") as file:
            file.seek(-len(tail), os.SEEK_END)
            file.write(tail)
        self._changing = self._changing.rename(self.path(blob))
        return blob

    def _unfinished(self, size):
        path = self.root / "blobs" / "unfinished"
        digest = write_random(path, size - 64)
        with open(path, "ab") as file:
            file.write(bytes(64))
        return path, digest

    def _random(self, size):
        path = self.root / "blobs" / "unfinished"
        blob = Blob("sha256:" + write_random(path, size).hexdigest(), size)
        path.rename(self.path(blob))
        return blob

    def _store(self, kind, data):
        blob = Blob("sha256:" + hashlib.sha256(data).hexdigest(), len(data))
        self.path(blob, kind).write_bytes(data)
        return blob

    def _manifest(self):
        return json.dumps({
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": descriptor(self.config, "application/vnd.oci.image.config.v1+json"),
            "layers": [descriptor(blob, "application/vnd.oci.image.layer.v1.tar")
                       for blob in (self.large, self.medium, self.small)],
        }).encode()


def create(root, large_size):
    return Content(root, large_size)


def write_random(path, size):
    """Writes bytes that no one can compress; returns their hash so far."""
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        left = size
        while left:
            chunk = os.urandom(min(CHUNK, left))
            digest.update(chunk)
            file.write(chunk)
            left -= len(chunk)
    return digest


def descriptor(blob, media_type):
    return {"mediaType": media_type, "digest": blob.digest, "size": blob.size}
