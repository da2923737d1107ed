"""Long lists: does a page of 100 cost more where there are 100,000 entries than where there are 1,000?"""

import hashlib
import json
import urllib.parse

import load
from content import MANIFEST_TYPE

FEW = 1_000
MANY = 100_000
PAGE = 100
CONNECTIONS = 4
SECONDS = 1


def lists(field, _files, results, _turn):
    """Pages of tags, catalog and referrers, of 1,000 and of 100,000."""
    servers = field.listed or prepare(field)
    for count, server in servers.items():
        for kind, first, middle in pages(count):
            for where, path in (("first", first), ("middle", middle)):
                rate = load.wrk(server.at(path), CONNECTIONS, SECONDS).per_second
                results.add(f"page of {kind}, {where}", f"layover, {count:,}", "requests/s", rate)


def prepare(field):
    """Registries in distribution's layout, written as files: pushing so many would take hours."""
    field.listed = {}
    for count in (FEW, MANY):
        server = field.fresh(
            f"layover-{count}", fill=lambda data, n=count: fill(data, n))
        for _, first, middle in pages(count):
            for path in (first, middle):
                assert_full(server, path)
        field.listed[count] = server
    return field.listed


def pages(count):
    subject = digest(manifest(0))
    tag = urllib.parse.quote(f"t{count // 2:06}")
    yield "tags", f"/v2/many/tags/list?n={PAGE}", f"/v2/many/tags/list?n={PAGE}&last={tag}"
    yield "catalog", f"/v2/_catalog?n={PAGE}", f"/v2/_catalog?n={PAGE}&last=r/{count // 2:06}"
    yield "referrers", f"/v2/many/referrers/{subject}?n={PAGE}", \
        f"/v2/many/referrers/{subject}?n={PAGE}&last=sha256:{'8' + '0' * 63}"


def assert_full(server, path):
    listed = json.loads(server.request("GET", path, patience=300))
    entries = listed.get("tags") or listed.get("repositories") or listed.get("manifests")
    if len(entries) != PAGE:
        raise load.Failed(f"{path} has {len(entries)} entries")


def fill(data, count):
    v2 = data / "docker" / "registry" / "v2"
    many = v2 / "repositories" / "many" / "_manifests"
    subject = digest(manifest(0))
    store(v2, many, manifest(0))
    for i in range(count):
        link(many / "tags" / f"t{i:06}" / "current", subject)
        (v2 / "repositories" / "r" / f"{i:06}" / "_manifests").mkdir(parents=True)
        store(v2, many, manifest(i, subject))


def manifest(number, subject=None):
    empty = {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
             "digest": "sha256:" + hashlib.sha256(b"{}").hexdigest()}
    content = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": empty, "layers": [],
               "artifactType": "application/x", "annotations": {"number": str(number)}}
    if subject:
        content["subject"] = {"mediaType": MANIFEST_TYPE, "digest": subject, "size": 2}
    return json.dumps(content).encode()


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def store(v2, manifests, content):
    name = digest(content)
    digits = name.removeprefix("sha256:")
    blob = v2 / "blobs" / "sha256" / digits[:2] / digits
    blob.mkdir(parents=True)
    (blob / "data").write_bytes(content)
    link(manifests / "revisions" / "sha256" / digits, name)


def link(directory, target):
    directory.mkdir(parents=True)
    (directory / "link").write_text(target)
