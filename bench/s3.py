"""Images in a bucket: Layover beside the S3 server itself, and beside distribution."""

import concurrent.futures
import datetime
import hashlib
import hmac
import http.client
import pathlib
import re
import subprocess
import time
import urllib.parse
import urllib.request

import load
import procs
import push
import warm

ACCESS, SECRET, REGION, NAME = "bench", "bench-secret", "us-east-1", "images"
S3PROXY = "org/gaul/s3proxy/4.1.0/s3proxy-4.1.0-jar-with-dependencies.jar"
PARTS = 4
FOLLOW = ("-L",)
READERS = 64
READING = 10
CONNECTIONS = 16
SECONDS = 2


class Bucket:
    """A bucket of S3Proxy, over a directory; its requests are signed in their URLs."""

    def __init__(self, processes, work, java):
        self.port = procs.free_port()
        data = work / "s3"
        (data / NAME).mkdir(parents=True)
        properties = work / "s3proxy.properties"
        properties.write_text(
            f"s3proxy.endpoint=http://127.0.0.1:{self.port}\n"
            "s3proxy.authorization=aws-v2-or-v4\n"
            f"s3proxy.identity={ACCESS}\ns3proxy.credential={SECRET}\n"
            "jclouds.provider=filesystem-nio2\njclouds.identity=x\njclouds.credential=x\n"
            f"jclouds.filesystem.basedir={data}\n")
        self.process = processes.start(
            "s3proxy", [java, "-jar", str(jar()), "--properties", str(properties)], self.port)

    def storage(self, near="", redirect=False):
        """The section of a registry's configuration; without `redirect`, everything is to pass
        through it."""
        return (f"s3: {{bucket: {NAME}, region: {REGION}, secure: false, forcepathstyle: true, "
                f"regionendpoint: 'http://127.0.0.1:{self.port}', "
                f"accesskey: {ACCESS}, secretkey: {SECRET}{near}}}, "
                f"redirect: {{disable: {str(not redirect).lower()}}}")

    def url(self, method, key, **query):
        """A URL that is good for an hour (AWS signature, version 4)."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{now[:8]}/{REGION}/s3/aws4_request"
        query |= {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{ACCESS}/{scope}",
                  "X-Amz-Date": now, "X-Amz-Expires": "3600", "X-Amz-SignedHeaders": "host"}
        path = urllib.parse.quote(f"/{NAME}/{key}")
        line = "&".join(f"{urllib.parse.quote(k, safe='')}={urllib.parse.quote(str(v), safe='')}"
                        for k, v in sorted(query.items()))
        host = f"127.0.0.1:{self.port}"
        request = f"{method}\n{path}\n{line}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
        text = "\n".join(("AWS4-HMAC-SHA256", now, scope,
                          hashlib.sha256(request.encode()).hexdigest()))
        key = f"AWS4{SECRET}".encode()
        for step in scope.split("/"):
            key = hmac.digest(key, step.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        return f"http://{host}{path}?{line}&X-Amz-Signature={signature}"

    def blob(self, blob):
        digest = blob.digest.removeprefix("sha256:")
        return f"docker/registry/v2/blobs/sha256/{digest[:2]}/{digest}/data"

    def ask(self, method, key, body=None, **query):
        # Otherwise urllib calls it a form, and S3Proxy takes it for one.
        headers = {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(self.url(method, key, **query), body, headers,
                                         method=method)
        with urllib.request.urlopen(request, timeout=load.PATIENCE) as answer:
            return answer.read().decode(), answer.headers

    def upload(self, path, size, key):
        """As the SDKs do it: parts of equal size, several at a time; returns the seconds."""
        begin = time.monotonic()
        identity = re.search("<UploadId>(.*?)<", self.ask("POST", key, b"", uploads="")[0])[1]
        length = -(-size // PARTS)

        def part(number):
            with open(path, "rb") as file:
                file.seek((number - 1) * length)
                body = file.read(length)
            headers = self.ask("PUT", key, body, partNumber=number, uploadId=identity)[1]
            return f"<Part><PartNumber>{number}</PartNumber><ETag>{headers['ETag']}</ETag></Part>"

        with concurrent.futures.ThreadPoolExecutor(PARTS) as pool:
            parts = "".join(pool.map(part, range(1, PARTS + 1)))
        self.ask("POST", key, f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode(),
                 uploadId=identity)
        return time.monotonic() - begin


class Stand:
    """The bucket, and who serves it."""

    def __init__(self, processes, work, registry, layover, others):
        java = subprocess.run([layover, "--java"], capture_output=True, text=True, check=True)
        self.bucket = Bucket(processes, work, java.stdout.strip())
        self.debug = procs.free_port()
        storage = self.bucket.storage()

        def start(name, storage, http=""):
            return registry(processes, name, work, [layover], storage=storage, http=http)

        self.layover = start(
            "layover-s3", storage,
            f", debug: {{addr: '127.0.0.1:{self.debug}', prometheus: {{enabled: true}}}}")
        self.sending = start("layover-s3-redirect", self.bucket.storage(redirect=True))
        # It sends a client to S3 as long as it has no copy.
        self.keeping = start(
            "layover-s3-near",
            self.bucket.storage(", cachesize: 2GiB, cacheblobsize: 1GiB", redirect=True))
        self.others = [
            # Debian's cannot read certificates from where this variable says.
            registry(processes, f"{name}-s3", work, [program], storage=storage,
                     env={"AWS_CA_BUNDLE": ""})
            for name, program in others if program]

    def requests(self):
        """How many S3 has had from Layover."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.debug}/metrics") as answer:
            figures = answer.read().decode()
        return sum(float(value) for value in re.findall(
            r"^layover_storage_operations_seconds_count\{.*\} (.*)$", figures, re.MULTILINE))


def jar():
    """The server as Maven has it, which fetches it the first time."""
    path = pathlib.Path.home() / ".m2" / "repository" / S3PROXY
    if not path.exists():
        subprocess.run(
            ["mvn", "-q", "-B", "dependency:get", "-Dtransitive=false",
             "-Dartifact=org.gaul:s3proxy:4.1.0:jar:jar-with-dependencies"], check=True)
    return path


def warm_up(field, files):
    """What is not counted: two JVMs, that of the S3 server too, compile what a push and a read take."""
    stand = field.stand = field.start_stand()
    stand.layover.push(files)
    for _ in range(push.WARMING):
        for push_one in (push.whole, push.push):
            blob = files.cold()
            push_one(stand.layover, files.path(blob), blob)
            stand.bucket.ask("DELETE", stand.bucket.blob(blob))
        for _, _, url in urls(stand, files):
            load.curl([url], files.large.size, FOLLOW)
    await_copy(stand, files)


def all_of_it(field, files, results, turn):
    """A bucket in place of the disk: reads, pushes, hits and a crowd, beside S3 itself."""
    stand = field.stand
    reads(stand, files, results, turn)
    pushes(stand, files, results, turn)
    hits(stand, files, results)
    if turn == 0:
        crowd(stand, files, results)


def await_copy(stand, files):
    """Until the large blob is near, where it is to be."""
    end = time.monotonic() + load.PATIENCE
    path = urllib.parse.urlsplit(stand.keeping.url(f"blobs/{files.large.digest}")).path
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", stand.keeping.port)
        connection.request("GET", path, headers={"Range": "bytes=0-0"})
        status = connection.getresponse().status
        connection.close()
        if status == 206:
            return
        if time.monotonic() > end:
            raise load.Failed(f"{path}: {status}, and never a copy")
        time.sleep(0.1)


def urls(stand, files):
    """The large blob: by a signed URL from the S3 server itself, through Layover, by a redirect of
    Layover's, and from Layover's copy on the local disk."""
    path = f"blobs/{files.large.digest}"
    return [("direct", stand.bucket, stand.bucket.url("GET", stand.bucket.blob(files.large))),
            ("layover", stand.layover, stand.layover.url(path)),
            ("layover, redirect", stand.sending, stand.sending.url(path)),
            ("layover, near", stand.keeping, stand.keeping.url(path))]


def reads(stand, files, results, turn):
    scenario = f"S3, read {files.large.size >> 20} MB"
    for name, server, url in urls(stand, files)[::1 if turn % 2 else -1]:
        warm.transfer(server, name, url, 1, files.large.size, scenario, results, FOLLOW)


def pushes(stand, files, results, turn):
    """The large blob: by POST and PUT, as containerd does; by POST, PATCH and PUT, as docker did,
    where the digest comes last and S3 has to copy; and without any registry."""
    size = files.large.size
    for how, push_one in (("", push.whole), (" by PATCH", push.push)):
        scenario = f"S3, push {size >> 20} MB{how}"
        servers = [stand.layover, *stand.others]
        for server in servers[turn % len(servers):] + servers[:turn % len(servers)]:
            blob = files.cold()
            load.moving(server, server.name, size, scenario, results,
                        lambda: push_one(server, files.path(blob), blob))
            stand.bucket.ask("DELETE", stand.bucket.blob(blob))
        load.moving(stand.bucket, "direct", size, scenario, results,
                    lambda: stand.bucket.upload(files.path(files.large), size, "direct"))
        stand.bucket.ask("DELETE", "direct")


def hits(stand, files, results):
    """A manifest that is asked for again and again."""
    url = stand.layover.url(f"manifests/{files.manifest.digest}")
    load.wrk(url, CONNECTIONS, 1)
    before = stand.requests()
    rate = load.wrk(url, CONNECTIONS, SECONDS).per_second
    results.add("S3, manifest hit", "layover-s3", "requests/s", rate)
    results.add("S3, manifest hit", "layover-s3", "S3 requests per 1,000",
                (stand.requests() - before) * 1000 / (rate * SECONDS))


def crowd(stand, files, results):
    """Many read at once, slower than S3 could give: what Layover keeps in memory for them."""
    clients = [
        subprocess.Popen(["curl", "-s", "-o", "/dev/null", "--limit-rate", "5M", "--max-time",
                          str(READING), stand.layover.url(f"blobs/{files.large.digest}")])
        for _ in range(READERS)]
    try:
        for client in clients:
            client.wait()
    finally:
        load.kill(clients)
    results.add(f"S3, {READERS} readers", "layover-s3", "peak MB", stand.layover.peak_rss() / 1e6)
