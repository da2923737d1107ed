"""What a Bearer token and TLS take of the speed of what is cached."""

import load
import warm


def warm_up_tokens(field, files):
    """One pass that does not count, as long for the one as for the other, as they are compared."""
    warm.compile(field.layover, paths(files))
    warm.compile(field.guarded, paths(files), [authorization(field)])


def warm_up_tls(field, files):
    """One pass that does not count, as for the others."""
    warm.compile(field.encrypted, paths(files))


def paths(files):
    """The small blob's first and last: it asks for most."""
    return [f"blobs/{blob.digest}" for blob in (files.small, files.medium, files.small)]


def authorization(field):
    return f"Authorization: Bearer {field.guarded.token()}"


def tokens(field, files, results, turn):
    """What is small with a Bearer token, beside the same without one."""
    servers = [(field.layover, ()), (field.guarded, (authorization(field),))]
    for server, headers in servers[turn % 2:] + servers[:turn % 2]:
        for kind, path in (("blob of 2 KB", f"blobs/{files.small.digest}"),
                           ("blob of 1 MB", f"blobs/{files.medium.digest}")):
            warm.rate(server, server.url(path), warm.WARMING, f"open or by token, {kind}", results,
                      headers)


def tls(field, files, results, turn):
    """The large blob to 1 and to 16 clients, and the small ones, all encrypted."""
    servers = [(field.encrypted, field.encrypted.url, "layover"),
               (field.static, field.static.encrypted_url, "nginx")]
    for server, url, name in servers[turn % 2:] + servers[:turn % 2]:
        for clients in warm.CLIENTS[turn % len(warm.CLIENTS)]:
            scenario = f"TLS, cached {files.large.size >> 20} MB, {clients} client{'s'[:clients - 1]}"
            warm.transfer(server, name, url(f"blobs/{files.large.digest}"), clients,
                          files.large.size, scenario, results, ["--insecure", "--http1.1"])
        for kind, path in (("1 MB", f"blobs/{files.medium.digest}"),
                           ("2 KB", f"blobs/{files.small.digest}")):
            got = load.wrk(url(path), warm.WARMING, warm.SECONDS)
            results.add(f"TLS, cached {kind}, {warm.WARMING} connections", name, "requests/s",
                        got.per_second)
