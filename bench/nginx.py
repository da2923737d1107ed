"""nginx over the files: as the static server to compare with, and as the upstream of the caches."""

import os

import access
import procs

# The names below which the upstream serves the same files: as fast as it can, or as over a network.
LOOPBACK = "bench"
NETWORK = "network"
NETWORK_RATE = 100  # MiB/s for each connection, about what a link of 1 Gbit/s gives

CONFIG = """
daemon off;
{user}
worker_processes auto;
pid {work}/nginx.pid;
error_log {work}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  log_format counted '$request_method $uri $status $body_bytes_sent';
  access_log {work}/access.log counted;
  client_body_temp_path {work}/body;
  proxy_temp_path {work}/proxy;
  fastcgi_temp_path {work}/fastcgi;
  uwsgi_temp_path {work}/uwsgi;
  scgi_temp_path {work}/scgi;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  types {{ }}
  server {{
    listen 127.0.0.1:{port} reuseport backlog=1024;
    listen 127.0.0.1:{tls_port} reuseport backlog=1024 ssl;
    # Without TLS, a port of 1.22 speaks HTTP/2 or the one before, and not both.
    listen 127.0.0.1:{http2_port} reuseport backlog=1024 http2;
    listen 127.0.0.1:{http2_tls_port} reuseport backlog=1024 ssl http2;
    ssl_certificate {certificate}.crt;
    ssl_certificate_key {certificate}.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    location = /v2/ {{ default_type application/json; return 200 '{{}}'; }}
    location ~ ^/v2/[a-z]+/manifests/(sha256:[0-9a-f]+)$ {{
      default_type application/vnd.oci.image.manifest.v1+json;
      add_header Docker-Content-Digest $1;
      alias {files}/manifests/$1;
    }}
    location ~ ^/v2/[a-z]+/manifests/(latest)$ {{
      default_type application/vnd.oci.image.manifest.v1+json;
      add_header Docker-Content-Digest {manifest};
      alias {files}/manifests/$1;
    }}
    location ~ ^/v2/network/blobs/(sha256:[0-9a-f]+)$ {{
      limit_rate {rate}m;
      default_type application/octet-stream;
      alias {files}/blobs/$1;
    }}
    location ~ ^/v2/[a-z]+/blobs/(sha256:[0-9a-f]+)$ {{
      default_type application/octet-stream;
      alias {files}/blobs/$1;
    }}
  }}
}}
"""


class Nginx:
    def __init__(self, processes, name, work, files, certificate):
        self.name = name
        self.port = procs.free_port()
        self.tls_port = procs.free_port()
        self.http2_port = procs.free_port()
        self.http2_tls_port = procs.free_port()
        self.work = work / name
        self.work.mkdir()
        self.log = access.Log(self.work / "access.log")
        config = self.work / "nginx.conf"
        config.write_text(CONFIG.format(
            # Only root may name another user; as root, the workers could not read the files.
            user="user root root;" if os.geteuid() == 0 else "",
            work=self.work, files=files.root, port=self.port, tls_port=self.tls_port,
            http2_port=self.http2_port, http2_tls_port=self.http2_tls_port,
            certificate=certificate, rate=NETWORK_RATE,
            manifest=files.manifest.digest))
        self.process = processes.start(
            name,
            [procs.find("nginx"), "-p", str(self.work), "-e", str(self.work / "error.log"),
             "-c", str(config)],
            self.port)

    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def url(self, path, repository=LOOPBACK):
        return f"{self.address()}/v2/{repository}/{path}"

    def http2_url(self, path, encrypted=False):
        scheme, port = ("https", self.http2_tls_port) if encrypted else ("http", self.http2_port)
        return f"{scheme}://127.0.0.1:{port}/v2/{LOOPBACK}/{path}"

    def encrypted_url(self, path):
        return f"https://127.0.0.1:{self.tls_port}/v2/{LOOPBACK}/{path}"
