"""What is served: blobs of three sizes and their manifest, laid out as paths of the registry API."""

import dataclasses
import hashlib
import json
import os

REPOSITORY = "bench"
TAG = "latest"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CHUNK = 1 << 20
LAYERS = 30
LAYER_SIZE = 4 << 20


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
        self.manifest = self._store(
            "manifests", manifest(self.config, (self.large, self.medium, self.small)))
        (root / "manifests" / TAG).symlink_to(self.manifest.digest)
        self._changing = Changing(root / "blobs", "changing", large_size)
        self._layers = []

    def path(self, blob, kind="blobs"):
        return self.root / kind / blob.digest

    def cold(self):
        """A large blob that nobody has asked for yet; it takes the place of the one before."""
        return self._changing.next()

    def cold_image(self):
        """The same of an image of many layers: its manifest, and all of its blobs."""
        if not self._layers:
            self._layers = [Changing(self.root / "blobs", f"layer-{i}", LAYER_SIZE)
                            for i in range(LAYERS)]
        layers = [layer.next() for layer in self._layers]
        return self._store("manifests", manifest(self.config, layers)), [self.config, *layers]

    def another(self, size):
        """One more blob."""
        return self._random(size)

    def _random(self, size):
        path = self.root / "blobs" / "random"
        blob = Blob("sha256:" + write_random(path, size).hexdigest(), size)
        path.rename(self.path(blob))
        return blob

    def _store(self, kind, data):
        blob = Blob("sha256:" + hashlib.sha256(data).hexdigest(), len(data))
        self.path(blob, kind).write_bytes(data)
        return blob


class Changing:
    """A blob that is another one each time.

    The file stays, only its tail and thus its name change: nothing large is written between two
    measurements.
    """

    TAIL = 64

    def __init__(self, directory, name, size):
        self.size = size
        self._file = directory / name
        self._prefix = write_random(self._file, size - self.TAIL)
        with open(self._file, "ab") as file:
            file.write(bytes(self.TAIL))

    def next(self):
        tail = os.urandom(self.TAIL)
        digest = self._prefix.copy()
        digest.update(tail)
        blob = Blob("sha256:" + digest.hexdigest(), self.size)
        with open(self._file, "r+b") as file:
            file.seek(-len(tail), os.SEEK_END)
            file.write(tail)
        self._file = self._file.rename(self._file.with_name(blob.digest))
        return blob


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


def manifest(config, layers):
    return json.dumps({
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
        "layers": [descriptor(blob, "application/vnd.oci.image.layer.v1.tar") for blob in layers],
    }).encode()


def descriptor(blob, media_type):
    return {"mediaType": media_type, "digest": blob.digest, "size": blob.size}
