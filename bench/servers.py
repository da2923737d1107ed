"""The servers of a run, filled with the same files."""

import dataclasses
import http.client
import pathlib
import shutil
import time

import content
import load
import procs
from nginx import Nginx

LAUNCHER = pathlib.Path(__file__).resolve().parent.parent / "layover"


class Registry:
    """What Layover and docker-registry have in common: a file in distribution's language."""

    def __init__(self, processes, name, work, command, remote=None):
        self.name = name
        self.port = procs.free_port()
        self.data = work / name
        config = work / f"{name}.yml"
        config.write_text(
            "version: 0.1\n"
            f"http: {{addr: '127.0.0.1:{self.port}'}}\n"
            f"storage: {{filesystem: {{rootdirectory: '{self.data}'}}}}\n"
            + (f"proxy: {{remoteurl: '{remote}'}}\n" if remote else ""))
        self.process = processes.start(name, [*command, "serve", str(config)], self.port)

    def url(self, path, repository=content.REPOSITORY):
        return f"http://127.0.0.1:{self.port}/v2/{repository}/{path}"

    def peak_rss(self):
        return self.process.peak_rss()

    def forget(self, blob, patience=20):
        """Removes a blob's bytes once they are stored, so that the disk does not fill up."""
        end = time.monotonic() + patience
        directory = self._blobs() / blob.digest.removeprefix("sha256:")[:2]
        stored = directory / blob.digest.removeprefix("sha256:")
        while not (stored / "data").exists() and time.monotonic() < end:
            time.sleep(0.05)
        shutil.rmtree(stored, ignore_errors=True)

    def _blobs(self):
        return self.data / "docker" / "registry" / "v2" / "blobs" / "sha256"

    def pull(self, files):
        """Fills a cache by asking it for everything once."""
        for blob in (files.config, files.small, files.medium, files.large):
            load.curl([self.url(f"blobs/{blob.digest}")], blob.size)
        load.curl([self.url(f"manifests/{files.manifest.digest}")], files.manifest.size)

    def push(self, files):
        for blob in (files.config, files.small, files.medium, files.large):
            self._push_blob(files, blob)
        with open(files.path(files.manifest, "manifests"), "rb") as body:
            self._request("PUT", f"/v2/{content.REPOSITORY}/manifests/latest", body,
                          files.manifest.size, content.MANIFEST_TYPE)

    def _push_blob(self, files, blob):
        location = self._request("POST", f"/v2/{content.REPOSITORY}/blobs/uploads/", None, 0, "")
        path = location.split(f":{self.port}", 1)[-1]
        with open(files.path(blob), "rb") as body:
            self._request("PUT", f"{path}{'&' if '?' in path else '?'}digest={blob.digest}", body,
                          blob.size, "application/octet-stream")

    def _request(self, method, path, body, size, media_type):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, blocksize=1 << 20)
        connection.request(method, path, body,
                           {"Content-Length": str(size), "Content-Type": media_type})
        answer = connection.getresponse()
        if answer.status not in (201, 202):
            raise RuntimeError(f"{self.name}: {method} {path}: {answer.status} {answer.read()}")
        connection.close()
        return answer.headers["Location"]


@dataclasses.dataclass
class Field:
    """Who takes part."""

    upstream: Nginx
    static: Nginx
    layover: Registry
    registry: Registry
    registry_proxy: Registry

    def processes(self):
        return [server.process for server in vars(self).values()]


def start(processes, work, files):
    debian = [procs.find("docker-registry")]
    upstream = Nginx(processes, "upstream", work, files)
    remote = f"http://127.0.0.1:{upstream.port}"
    field = Field(
        upstream=upstream,
        static=Nginx(processes, "nginx", work, files),
        layover=Registry(processes, "layover", work, [str(LAUNCHER)], remote),
        registry=Registry(processes, "docker-registry", work, debian),
        registry_proxy=Registry(processes, "docker-registry-proxy", work, debian, remote))
    field.registry.push(files)
    field.layover.pull(files)
    return field
