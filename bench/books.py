"""How long a start takes with the books of a million cached things, in a heap that is bounded."""

import pathlib
import shutil
import subprocess
import time

import servers

ENTRIES = 1_000_000
HEAP = 300  # MB
NAME = f"layover, -Xmx{HEAP}m"
LABEL = f"books of {ENTRIES:,} entries"
SOURCE = pathlib.Path(__file__).resolve().parent / "WriteBooks.java"
JAR = SOURCE.parent.parent / "target" / "layover.jar"


def start(field, files, results, _turn):
    """A start with the books of a million entries, in a heap that is bounded."""
    written = files.root / "books"
    if not written.exists():
        write(files.root / "tool", written)
    begin = time.monotonic()
    server = field.fresh("layover-books", remote=field.upstream.address(),
                         fill=lambda data: lay(written, data),
                         env={"LAYOVER_JAVA_OPTS": f"-Xmx{HEAP}m -Xss512k -XX:+UseSerialGC"})
    results.add(LABEL, NAME, "s to the start", time.monotonic() - begin)
    results.add(LABEL, NAME, "CPU s to the start", server.process.cpu_seconds())
    results.add(LABEL, NAME, "peak MB", server.peak_rss() / 1e6)
    server.stop()


def lay(written, data):
    target = data / "layover" / "books"
    target.parent.mkdir(parents=True)
    shutil.copy(written, target)


def write(tool, target):
    """By Layover's own classes, since nobody else knows their form."""
    java = pathlib.Path(subprocess.check_output([servers.LAUNCHER, "--java"], text=True).strip())
    run(java.with_name("javac"), "-cp", JAR, "-d", tool, SOURCE)
    run(java, "-Xmx300m", "-cp", f"{tool}:{JAR}", "io.layover.eviction.WriteBooks", target, ENTRIES)


def run(*command):
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
