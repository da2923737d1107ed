#!/usr/bin/env python3
"""An upstream that is not at its best: it cuts bodies off, or answers late and a few at a time.

Serves a directory, as nginx does, or as many layers as it is told, which it makes up. Run by the
others here, as a program of its own; `Faulty` starts it.
"""

import argparse
import asyncio
import hashlib
import os
import pathlib
import re
import sys
import time

import access
import procs
from content import MANIFEST_TYPE

STEP = 1 << 20
RANGE = re.compile(rb"(?i)\r\nrange: bytes=(\d+)-(\d*)\r\n")


def layer(number):
    """A small layer that is unlike any other."""
    return hashlib.sha512(str(number).encode()).digest() * 64


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Faulty:
    def __init__(self, processes, name, work, *options):
        self.port = procs.free_port()
        self._processes = processes
        self.log = access.Log(work / f"{name}-access.log")
        self.process = processes.start(
            name,
            [sys.executable, __file__, "--port", str(self.port),
             "--log", str(work / f"{name}-access.log"), *map(str, options)],
            self.port)

    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def url(self, path):
        return f"{self.address()}/v2/bench/{path}"

    def stop(self):
        self._processes.stop(self.process)


class Server:
    def __init__(self, options):
        self._options = options
        self._log = open(options.log, "a", buffering=1)
        self._layers = {digest(layer(i)): layer(i) for i in range(options.layers)}
        self._answers = asyncio.Semaphore(options.answers)

    async def serve(self):
        server = await asyncio.start_server(
            self._connected, "127.0.0.1", self._options.port, backlog=1024)
        await server.serve_forever()

    async def _connected(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, path, _ = head.decode().split(" ", 2)
                if not await self._answer(method, path, RANGE.search(head), writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # The client has left.
        finally:
            writer.close()

    async def _answer(self, method, path, part, writer):
        """False if the connection is to be cut."""
        name = path.rsplit("/", 1)[1]
        if path == "/v2/":
            return await self._send(path, writer, 200, 2, b"{}")
        if name in self._layers:
            async with self._answers:
                await asyncio.sleep(self._options.latency / 1000)
                content = self._layers[name]
                return await self._send(path, writer, 200, len(content), content)
        file = self._options.files and self._options.files / path.split("/")[-2] / name
        if file and file.exists():
            await asyncio.sleep(self._options.latency / 1000)
            return await self._send_file(method, path, writer, file, part)
        return await self._send(path, writer, 404, 2, b"{}")

    async def _send(self, path, writer, status, length, body):
        writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n\r\n".encode() + body)
        await writer.drain()
        self._wrote(path, status, length)
        return True

    async def _send_file(self, method, path, writer, file, part):
        size = file.stat().st_size
        start = int(part[1]) if part else 0
        end = min(size, int(part[2]) + 1) if part and part[2] else size
        status = 206 if part else 200
        kind = MANIFEST_TYPE if file.parent.name == "manifests" else "application/octet-stream"
        said = f"Docker-Content-Digest: {file.name}\r\nContent-Type: {kind}\r\n"
        if part:
            said += f"Content-Range: bytes {start}-{end - 1}/{size}\r\n"
        writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: {end - start}\r\n{said}\r\n".encode())
        await writer.drain()
        if method == "HEAD":
            return True
        stop = min(end, start + self._options.cut) if self._options.cut else end
        sent, begin = 0, time.monotonic()
        try:
            with open(file, "rb") as source:
                while start + sent < stop:
                    sent += await asyncio.get_running_loop().sendfile(
                        writer.transport, source, start + sent, min(STEP, stop - start - sent))
                    early = sent / (self._options.rate * STEP) - (time.monotonic() - begin)
                    await asyncio.sleep(max(0, early))
        finally:
            self._wrote(path, status, sent)
        return stop == end

    def _wrote(self, path, status, size):
        self._log.write(f"GET {path} {status} {size}\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--files", type=pathlib.Path, help="with the folders blobs and manifests")
    parser.add_argument("--cut", type=int, default=0, help="after so many bytes of each answer")
    parser.add_argument("--rate", type=float, default=100, help="MiB/s for each connection")
    parser.add_argument("--layers", type=int, default=0, help="how many it makes up")
    parser.add_argument("--latency", type=float, default=0, help="ms before each answer")
    parser.add_argument("--answers", type=int, default=1000, help="how many of those layers at a time")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        asyncio.run(Server(arguments()).serve())
    except KeyboardInterrupt:
        os._exit(0)
