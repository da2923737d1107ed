package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WrongInputTest {
  /** The second line of a file whose first is the version, and the one problem it has. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
"""
# Keys
proxi: {}                            => 2:1: proxi: unknown key; did you mean proxy?
whatever: 1                          => 2:1: whatever: unknown key
proxy: {remoturl: 'https://a.io'}    => 2:9: proxy.remoturl: unknown key; did you mean remoteurl?
proxy: {remoteURL: 'https://a.io'}   => 2:9: proxy.remoteURL: unknown key; did you mean remoteurl?
http: {adrr: ':1'}                   => 2:8: http.adrr: unknown key; did you mean addr?
http: {debug: {promethus: {}}}       => 2:16: http.debug.promethus: unknown key; did you mean prometheus?
storage: {delete: {enable: true}}    => 2:20: storage.delete.enable: unknown key; did you mean enabled?
storage: {filesytem: {}}             => 2:11: storage.filesytem: unknown key; did you mean filesystem?
redis: {adr: ''}                     => 2:9: redis.adr: unknown key; did you mean addr?
log: {level: info, level: warn}      => 2:20: level: stands twice in the same mapping
log: {? [b] : c}                     => 2:9: a key must be text
# Types
log: text                            => 2:6: log: expected a mapping, found text
log: [a]                             => 2:6: log: expected a mapping, found a list
log: {level: [info]}                 => 2:14: log.level: expected text, found a list
log: {level: trace}                  => 2:14: log.level: must be error, warn, info or debug, not "trace"
loglevel: loud                       => 2:11: loglevel: must be error, warn, info or debug, not "loud"
log: {formatter: xml}                => 2:18: log.formatter: must be text, json or logstash, not "xml"
log: {fields: {a: {b: c}}}           => 2:19: log.fields.a: expected text, found a mapping
log: {reportcaller: maybe}           => 2:21: log.reportcaller: expected true or false, found "maybe"
proxy: {hosted: a}                   => 2:17: proxy.hosted: expected a list, found text
proxy: {hosted: [[a]]}               => 2:18: proxy.hosted[0]: expected text, found a list
proxy: {upstreams: [a]}              => 2:21: proxy.upstreams[0]: expected a mapping, found text
storage: {tag: {concurrencylimit: x}} => 2:35: storage.tag.concurrencylimit: expected a whole number, found "x"
storage: {tag: {concurrencylimit: -1}} => 2:35: storage.tag.concurrencylimit: must be at least 0, not -1
catalog: {maxentries: many}          => 2:23: catalog.maxentries: expected a whole number, found "many"
http: {headers: {X-A: b}}            => 2:23: http.headers.X-A: expected a list, found text
http: {headers: {'X A': [b]}}        => 2:25: http.headers.X A: is no name of a header
http: {headers: {X-A: ["b\\nc"]}}    => 2:24: http.headers.X-A[0]: has a character that no header may have
# Values
http: {addr: 5000}                   => 2:14: http.addr: "5000" is no address; write host:port or :port, such as :5000
http: {addr: ':70000'}               => 2:14: http.addr: has port 70000; ports end at 65535
http: {draintimeout: 60}             => 2:22: http.draintimeout: 60 has no unit and would be nanoseconds; write 60s or 60ms
http: {draintimeout: 7d}             => 2:22: http.draintimeout: "7d" is no duration; write 90s, 1h30m or 300ms (units h, m, s, ms, us, ns)
http: {draintimeout: -1s}            => 2:22: http.draintimeout: must not be negative
http: {prefix: registry}             => 2:16: http.prefix: must be a path that begins and ends with a slash
http: {host: 'localhost:5000'}       => 2:14: http.host: must begin with https:// or http://
http: {net: udp}                     => 2:13: http.net: must be tcp or unix, not "udp"
proxy: {remoteurl: 'https://a.io', maxsize: 10 parrots} => 2:45: proxy.maxsize: "10 parrots" is no size; write bytes, or a unit such as 10MB or 100GiB
proxy: {remoteurl: 'https://a.io', maxsize: 0} => 2:45: proxy.maxsize: must be more than 0; leave it out for no limit
proxy: {remoteurl: 'https://a.io', hosted: [Private/*]} => 2:45: proxy.hosted[0]: "Private/*" is no pattern of names; it has lower-case letters, digits, the separators . _ - / and the wildcards * ** ?
validation: {manifests: {urls: {deny: ['(']}}} => 2:40: validation.manifests.urls.deny[0]: is no regular expression: Unclosed group
validation: {manifests: {indexes: {platforms: some}}} => 2:47: validation.manifests.indexes.platforms: must be all, none or list, not "some"
# Upstreams
proxy: {remoteurl: registry-1.docker.io} => 2:20: proxy.remoteurl: must begin with https:// or http://
proxy: {remoteurl: 'localhost:5000'} => 2:20: proxy.remoteurl: must begin with https:// or http://
proxy: {remoteurl: 'ftp://a.io'}     => 2:20: proxy.remoteurl: must begin with https:// or http://
proxy: {remoteurl: 'https://'}       => 2:20: proxy.remoteurl: is no URL: Expected authority
proxy: {remoteurl: 'https:///a'}     => 2:20: proxy.remoteurl: has no host
proxy: {remoteurl: 'https://a_b/'}   => 2:20: proxy.remoteurl: has a host that is no host name
proxy: {remoteurl: 'https://u:hush@a.io'} => 2:20: proxy.remoteurl: has a user in it; use username and password instead
proxy: {remoteurl: 'https://u:h[sh@a.io'} => 2:20: proxy.remoteurl: is no URL: Illegal character in user info
proxy: {remoteurl: 'https://a.io?x'} => 2:20: proxy.remoteurl: has a query or fragment; a registry's URL has none
proxy: {remoteurl: 'https://[::1]:5'} => 2:20: proxy.remoteurl: must be a host, or host:port, of lower-case letters, digits, dots and hyphens
proxy: {remoteurl: 'https://a.io:99999'} => 2:20: proxy.remoteurl: has port 99999; ports end at 65535
proxy: {remoteurl: 'https://a.io', username: u} => 2:46: proxy.username: needs a password beside it
proxy: {remoteurl: 'https://a.io', password: p} => 2:46: proxy.password: needs a username beside it
proxy: {username: u, password: p, upstreams: [{remoteurl: 'https://a.io'}]} => 2:19: proxy.username: goes with proxy.remoteurl; give each of upstreams its own
proxy: {upstreams: [{name: a.io}]}   => 2:21: proxy.upstreams[0].remoteurl: is required
proxy: {upstreams: [{remoteurl: 'https://a.io', name: A/b}]} => 2:55: proxy.upstreams[0].name: must be a host, or host:port, of lower-case letters, digits, dots and hyphens
proxy: {upstreams: [{remoteurl: 'https://a.io'}, {remoteurl: 'http://a.io'}]} => 2:50: proxy.upstreams[1].name: a.io is the name of another upstream already
proxy: {upstreams: [{remoteurl: 'https://a.io', default: yes}, {remoteurl: 'http://b.io', default: yes}]} => 2:100: proxy.upstreams[1].default: only one can be, and a.io is already
proxy: {remoteurl: 'https://a.io', upstreams: [{remoteurl: 'https://b.io', default: true}]} => 2:85: proxy.upstreams[0].default: only one can be, and a.io is already
proxy: {remoteurl: 'https://a.io', upstreams: [{remoteurl: 'https://a.io', default: false}]} => 2:85: proxy.upstreams[0].default: is false, but proxy.remoteurl makes it the default
proxy: {upstreams: [{remoteurl: 'https://a.io', allow: []}]} => 2:56: proxy.upstreams[0].allow: is empty; leave it out to allow everything
proxy: {upstreams: [{remoteurl: 'https://a.io', certificate: c}]} => 2:62: proxy.upstreams[0].certificate: goes with the other of certificate and key
proxy: {upstreams: [{remoteurl: 'https://a.io', key: k}]} => 2:54: proxy.upstreams[0].key: goes with the other of certificate and key
proxy: {upstreams: [{remoteurl: 'https://a.io', ca: c, skipverify: true}]} => 2:68: proxy.upstreams[0].skipverify: leaves ca without effect; set one of them
proxy: {upstreams: [{remoteurl: 'https://a.io', proxy: 'https://u:secret@p'}]} => 2:56: proxy.upstreams[0].proxy: must begin with http:// or socks5://, or be a host
proxy: {upstreams: [{remoteurl: 'https://a.io', redirects: ['10.0.0.0/40']}]} => 2:61: proxy.upstreams[0].redirects[0]: a block of these addresses ends in /0 to /32
proxy: {upstreams: [{remoteurl: 'https://a.io', timeouts: {connect: 0}}]} => 2:69: proxy.upstreams[0].timeouts.connect: must be more than 0
proxy: {upstreams: [{remoteurl: 'https://a.io', offline: true}]} => 2:49: proxy.upstreams[0].offline: unknown key
# Not served
storage: inmemory                    => 2:10: storage.inmemory: not served yet by this version of Layover
storage: {inmemory: }                => 2:11: storage.inmemory: not served yet by this version of Layover
storage: {s3: {bucket: b, region: r, v4auth: false}} => 2:38: storage.s3.v4auth: not served by Layover, which signs as all of S3 understands it, by version 4
storage: {s3: {bucket: b, region: r, accesskey: a}} => 2:15: storage.s3.secretkey: is required beside accesskey
storage: {azure: {max_retries: 3}}   => 2:11: storage.azure: not served by Layover, which stores in a directory or in S3
storage: {gcs: {bucket: b}}          => 2:11: storage.gcs: not served by Layover, which stores in a directory or in S3
storage: {cache: {blobdescriptor: redis}} => 2:19: storage.cache.blobdescriptor: redis is not served yet by this version of Layover
auth: {token: {server: a, issuer: i}} => 2:35: auth.token.issuer: is about the tokens of another server, and server makes one of this
http: {net: unix, addr: /run/l.sock} => 2:8: http.net: unix is not served yet by this version of Layover
http: {tls: {letsencrypt: {email: e}}} => 2:14: http.tls.letsencrypt: not served yet by this version of Layover
log: {hooks: [{type: mail}]}         => 2:7: log.hooks: not served yet by this version of Layover
redis: {addrs: ['r:6379']}           => 2:1: redis: not served yet by this version of Layover
proxy: {remoteurl: 'https://a.io', exec: {command: c}} => 2:36: proxy.exec: not served yet by this version of Layover
middleware: {storage: [{name: redirect}]} => 2:1: middleware: not served by Layover, which has no plug-ins of this kind
reporting: {bugsnag: {apikey: k}}    => 2:1: reporting: not served by Layover; errors are in its log and its metrics
compatibility: {schema1: {enabled: true}} => 2:27: compatibility.schema1.enabled: not served by Layover: manifests of schema 1 are gone from registry:3 too
# YAML
"proxy: {"                           => 2:11: is not YAML: could not find expected ':' while scanning a simple key
a: &a [*a]                           => 2:4: is an anchor that contains itself
log: {<<: 3}                         => 2:11: only mappings can be merged by <<
""")
  void isToldOnItsLine(String yaml, String problem) {
    assertEquals(List.of("config.yml:" + problem), Read.problems("version: 0.1\n" + yaml));
  }

  @ParameterizedTest(name = "[{index}]")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
"""
``                => config.yml: is empty; it needs at least version: 0.1
`# only a comment` => config.yml: is empty; it needs at least version: 0.1
just text         => config.yml: expected a mapping, found text
[a, b]            => config.yml: expected a mapping, found a list
{}                => config.yml:1:1: version: is required
log: {}           => config.yml:1:1: version: is required
version:          => config.yml:1:9: version: is required
version: 0.2      => config.yml:1:10: version: must be 0.1, the only one there is
version: [0.1]    => config.yml:1:10: version: expected text, found a list
version: "0.1     => config.yml:1:14: is not YAML: found unexpected end of stream while scanning a quoted scalar
a: *b             => config.yml:1:4: is not YAML: found undefined alias
a: b: c           => config.yml:1:5: is not YAML: mapping values are not allowed here
""")
  void isToldOfTheFile(String yaml, String problem) {
    assertEquals(List.of(problem), Read.problems(yaml));
  }

  @Test
  void everythingIsToldAtOnceInTheOrderOfTheFile() {
    assertEquals(
        List.of(
            "config.yml:3:3: log.levle: unknown key; did you mean level?",
            "config.yml:5:9: http.addr: \"x\" is no address; write host:port or :port, such as"
                + " :5000",
            "config.yml:7:7: storage.s3.region: is required, unless there is a regionendpoint",
            "config.yml:7:7: storage.s3.bucket: is required",
            "config.yml:7:8: storage.s3.buckt: unknown key; did you mean bucket?",
            "REGISTRY_PROXY_TTL: proxy.ttl: 5 has no unit and would be nanoseconds; write 5s or"
                + " 5ms"),
        Read.problems(
            """
            version: 0.1
            log:
              levle: x
            http:
              addr: x
            storage:
              s3: {buckt: b}
            """,
            Map.of("REGISTRY_PROXY_TTL", "5")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{a: "})
  void deepNestingIsRefused(String open) {
    assertEquals(
        List.of("config.yml:1:" + (32 * open.length() + 1) + ": is nested deeper than 32"),
        Read.problems(open.repeat(100_000)));
  }

  @Test
  void multipliedAnchorsAreRefused() {
    var text = new StringBuilder("a0: &a0 [x]\n");
    for (var i = 1; i < 12; i++) {
      text.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(9) + "y"));
    }
    assertEquals(
        List.of("config.yml: has more than 100000 values"), Read.problems(text.toString()));
  }

  @Test
  void unreadableFilesAreNamed(@TempDir Path directory) throws Exception {
    var large = Files.write(directory.resolve("large.yml"), new byte[(1 << 20) + 1]);
    var binary = Files.write(directory.resolve("binary.yml"), new byte[] {'a', (byte) 0xFF});

    assertEquals("no.yml: does not exist", message(Path.of("no.yml")));
    assertEquals(directory + ": is a directory", message(directory));
    assertEquals(large + ": is larger than 1 MiB", message(large));
    assertEquals(binary + ": is not text in UTF-8", message(binary));
  }

  @Test
  void secretsAreNotRepeated() {
    var problems =
        Read.problems(
            """
            version: 0.1
            proxy: {remoteurl: "https://user:hush@a.io", username: u, password: [hush]}
            http: {secret: {hush: hush}}
            """);

    assertEquals(4, problems.size());
    assertTrue(
        problems.stream().noneMatch(problem -> problem.contains("hush")), problems::toString);
  }

  private static String message(Path file) {
    return assertThrows(ConfigException.class, () -> ConfigReader.read(file, Map.of()))
        .problems()
        .getFirst();
  }
}
