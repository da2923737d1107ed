"""The servers of a run, filled with the same files."""

import dataclasses
import functools
import http.client
import json
import pathlib
import shutil
import subprocess
import time
from collections.abc import Callable

import content
import faulty
import load
import procs
import s3
from nginx import Nginx

LAUNCHER = pathlib.Path(__file__).resolve().parent.parent / "layover"


class Registry:
    """What Layover and docker-registry have in common: a file in distribution's language."""

    def __init__(self, processes, name, work, command, remote=None, fill=None, data=None,
                 http="", proxy="", more="", env=None, storage=None):
        """`http`, `proxy` and `more` are added; `data` is a directory that another one filled."""
        self.name = name
        self.port = procs.free_port()
        self.scheme = "https" if "tls:" in http else "http"
        self.data = data or work / name
        if fill:
            fill(self.data)
        config = work / f"{name}.yml"
        config.write_text(
            "version: 0.1\n"
            f"http: {{addr: '127.0.0.1:{self.port}'{http}}}\n"
            f"storage: {{{storage or self._directory()}}}\n"
            + (f"proxy:\n  remoteurl: '{remote}'\n{proxy}" if remote else "")
            + more)
        self._processes = processes
        self.process = processes.start(name, [*command, "serve", str(config)], self.port,
                                       env)

    def _directory(self):
        return f"filesystem: {{rootdirectory: '{self.data}'}}"

    def stop(self):
        """Ends it before the run does, and frees its disk."""
        self._processes.stop(self.process)
        shutil.rmtree(self.data, ignore_errors=True)

    def at(self, location):
        """The URL of a Location, which may be a path only."""
        path = location.split(f":{self.port}", 1)[-1]
        return f"http://127.0.0.1:{self.port}{path}"

    def url(self, path, repository=content.REPOSITORY):
        return f"{self.scheme}://127.0.0.1:{self.port}/v2/{repository}/{path}"

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
        with open(files.path(blob), "rb") as body:
            self.end_upload(self.begin_upload(), blob.digest, body, blob.size)

    def begin_upload(self, repository=content.REPOSITORY):
        return self._request("POST", f"/v2/{repository}/blobs/uploads/", None, 0, "")

    def end_upload(self, location, digest, body=None, size=None):
        """Sends what is left of a blob, and its digest."""
        path = location.split(f":{self.port}", 1)[-1]
        if size is None:
            size = len(body or b"")
        self._request("PUT", f"{path}{'&' if '?' in path else '?'}digest={digest}", body, size,
                      "application/octet-stream")

    def request(self, method, path, patience=60):
        return self._send(method, path, None, {}, patience)[0]

    def token(self, repository=content.REPOSITORY):
        """A token to pull with, from the token server that is part of this one."""
        path = f"/auth/token?service=bench&scope=repository:{repository}:pull"
        return json.loads(self.request("GET", path))["token"]

    def _request(self, method, path, body, size, media_type):
        return self._send(method, path, body,
                          {"Content-Length": str(size), "Content-Type": media_type})[1]["Location"]

    def _send(self, method, path, body, headers, patience=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, blocksize=1 << 20,
                                                timeout=patience)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status not in (200, 201, 202, 204):
            raise RuntimeError(f"{self.name}: {method} {path}: {answer.status} {said}")
        connection.close()
        return said, answer.headers


@dataclasses.dataclass
class Field:
    """Who takes part."""

    upstream: Nginx
    static: Nginx
    layover: Registry
    registry: Registry
    registry_proxy: Registry
    # The newest distribution, if it is on this machine: the command `registry`, built by Go.
    distribution: Registry | None
    hosted: Registry
    fresh: Callable
    faulty: Callable
    # Over what `layover` has cached: one that wants tokens, and one that speaks TLS.
    guarded: Registry
    encrypted: Registry
    # Starts one over an empty directory, by name.
    starters: dict
    start_stand: Callable
    listed: dict | None = None
    # One that speaks HTTP/2 without TLS.
    multiplexed: Registry | None = None
    behind_network: tuple | None = None
    stand: s3.Stand | None = None

    def processes(self):
        """Those of all servers, S3 and what stores there among them."""
        servers = [*vars(self).values()]
        if self.stand:
            servers += [*vars(self.stand).values(), *self.stand.others]
        return [server.process for server in servers if hasattr(server, "process")]

    def push_targets(self):
        return [server for server in (self.hosted, self.registry, self.distribution) if server]


def start(processes, work, files):
    debian = [procs.find("docker-registry")]
    newest = procs.find("registry")
    certificate = certify(work)
    upstream = Nginx(processes, "upstream", work, files, certificate)
    remote = upstream.address()
    field = Field(
        upstream=upstream,
        static=Nginx(processes, "nginx", work, files, certificate),
        layover=Registry(processes, "layover", work, [str(LAUNCHER)], remote),
        guarded=guarded(processes, work, work / "layover"),
        encrypted=encrypted(processes, work, work / "layover", certificate),
        registry=Registry(processes, "docker-registry", work, debian),
        registry_proxy=Registry(processes, "docker-registry-proxy", work, debian, remote),
        distribution=newest and Registry(processes, "distribution", work, [newest]),
        hosted=Registry(processes, "layover-hosted", work, [str(LAUNCHER)]),
        starters={
            name: functools.partial(Registry, processes, f"{name}-started", work, command)
            for name, command in (("layover", [str(LAUNCHER)]), ("docker-registry", debian),
                                  ("distribution", [newest])) if command[0]},
        fresh=lambda name, program=LAUNCHER, **more: Registry(
            processes, name, work, [str(program)], **more),
        faulty=lambda name, *options: faulty.Faulty(processes, name, work, *options),
        start_stand=lambda: s3.Stand(
            processes, work, Registry, str(LAUNCHER),
            (("docker-registry", debian[0]), ("distribution", newest))))
    field.registry.push(files)
    field.layover.pull(files)
    return field


def certify(work):
    """A key and a certificate signed by itself; returns what their names begin with."""
    name = work / "bench"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=bench", "-keyout", f"{name}.key",
         "-out", f"{name}.crt"],
        check=True, stderr=subprocess.DEVNULL)
    return name


def guarded(processes, work, data):
    rules = work / "auth_config.yml"
    rules.write_text("token: {issuer: bench, expiration: 3600}\n"
                     "users: {'': {}}\n"
                     "acl: [{match: {account: ''}, actions: [pull]}]\n")
    return Registry(processes, "layover, token", work, [str(LAUNCHER)], data=data,
                    more=f"auth: {{token: {{server: '{rules}', service: bench}}}}\n")


def encrypted(processes, work, data, certificate):
    tls = f", tls: {{certificate: '{certificate}.crt', key: '{certificate}.key'}}"
    return Registry(processes, "layover, TLS", work, [str(LAUNCHER)], data=data, http=tls)
