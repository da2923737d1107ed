"""What a Bearer token and TLS take of the speed of what is cached."""

import load
import warm

CLIENTS = (1, 16)


def warm_up(field, files):
    """One pass that does not count, as for the others."""
    headers = [f"Authorization: Bearer {field.guarded.token()}"]
    for blob in (files.small, files.medium, files.small):
        path = f"blobs/{blob.digest}"
        # As long for the one as for the other, as they are compared.
        load.wrk(field.layover.url(path), warm.WARMING, warm.COMPILING_SECONDS)
        load.wrk(field.guarded.url(path), warm.WARMING, warm.COMPILING_SECONDS, headers)
        load.wrk(field.encrypted.url(path), warm.WARMING, warm.COMPILING_SECONDS)


def tokens(field, files, results, turn):
    """With a token, beside the same without one."""
    token = field.guarded.token()
    header = f"Authorization: Bearer {token}"
    servers = [(field.layover, ()), (field.guarded, (header,))]
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
        for clients in CLIENTS:
            scenario = f"TLS, cached {files.large.size >> 20} MB, {clients} client{'s'[:clients - 1]}"
            warm.transfer(server, name, url(f"blobs/{files.large.digest}"), clients,
                          files.large.size, scenario, results, ["--insecure", "--http1.1"])
        for kind, path in (("1 MB", f"blobs/{files.medium.digest}"),
                           ("2 KB", f"blobs/{files.small.digest}")):
            got = load.wrk(url(path), warm.WARMING, warm.SECONDS)
            results.add(f"TLS, cached {kind}, {warm.WARMING} connections", name, "requests/s",
                        got.per_second)
