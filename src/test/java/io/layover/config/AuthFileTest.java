package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthFileTest {
  private static final String LEAST = "{token: {issuer: i, expiration: 9}, users: {}, acl: []}";

  @TempDir private Path folder;

  private AuthFile read(String yaml, Function<Path, AuthFile> reader) {
    try {
      return reader.apply(Files.writeString(folder.resolve("auth.yml"), yaml));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The required and one more section. */
  private static String least(String section) {
    return LEAST.replace("acl: []", "acl: [], " + section);
  }

  private AuthFile read(String yaml) {
    return read(yaml, AuthFileReader::embedded);
  }

  private List<String> problems(String yaml, Function<Path, AuthFile> reader) {
    return assertThrows(ConfigException.class, () -> read(yaml, reader)).problems().stream()
        .map(this::withoutFolder)
        .toList();
  }

  private String withoutFolder(String line) {
    return line.replace(folder + "/", "");
  }

  @Test
  void readsEverything() {
    var file =
        read(
            """
            server:
              addr: ":5001"
              net: tcp
              path_prefix: /tokens
              real_ip_header: X-Forwarded-For
              real_ip_pos: -2
              certificate: /path/to/server.pem
              key: /path/to/server.key
              hsts: true
              tls_min_version: 0x0303
              tls_curve_preferences: [P521, 24, X25519]
              tls_cipher_suites: [TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305, 0xc014]
              letsencrypt: {email: a@b.example, host: b.example, cache_dir: /cache}
            token:
              issuer: Acme auth server
              expiration: 900
              certificate: t.pem
              key: t.key
              disable_legacy_key_id: true
              disable_certificate_chain: true
              directory: state
            users:
              admin: {password: "$2y$05$LO"}
              guest: {labels: {team: [blue, red]}}
              "": {}
            htpasswd_auth: {path: h}
            ext_auth: {command: /bin/sh, args: [--flag]}
            acl:
              - match: {account: "", type: repository, name: "/^a/", ip: 10.0.0.0/8, service: s*}
                actions: [pull, push]
                comment: A comment.
              - match: {labels: {team: b*}}
                actions: []
            ext_authz: {command: cat}
            """,
            AuthFileReader::alone);

    assertEquals(
        new AuthServer(
            new Address("", 5001),
            null,
            Http.Net.TCP,
            "/tokens",
            "X-Forwarded-For",
            -2,
            Path.of("/path/to/server.pem"),
            Path.of("/path/to/server.key"),
            true,
            "TLS12",
            List.of("P521", "P384", "X25519"),
            List.of(
                "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
            new AuthServer.LetsEncrypt("a@b.example", "b.example", Path.of("/cache"))),
        file.server());
    assertEquals(
        new AuthFile.Token(
            "Acme auth server",
            900,
            Path.of("t.pem"),
            Path.of("t.key"),
            true,
            true,
            Path.of("state")),
        file.token());
    assertEquals(
        Map.of(
            "admin", new AuthFile.User(new Secret("$2y$05$LO"), Map.of()),
            "guest", new AuthFile.User(null, Map.of("team", List.of("blue", "red"))),
            "", new AuthFile.User(null, Map.of())),
        file.users());
    assertEquals(new AuthFile.HtpasswdAuth(Path.of("h")), file.htpasswdAuth());
    assertEquals(new AuthFile.Program("/bin/sh", List.of("--flag")), file.extAuth());
    assertEquals(new AuthFile.Program("cat", List.of()), file.extAuthz());

    var acl = file.acl();
    assertNotNull(acl);
    assertEquals(
        new AclEntry.Match("", "repository", "/^a/", "10.0.0.0/8", "s*", Map.of()),
        acl.getFirst().match());
    assertEquals(List.of("pull", "push"), acl.getFirst().actions());
    assertEquals("A comment.", acl.getFirst().comment());
    assertEquals("auth.yml:29:5", withoutFolder(acl.getFirst().place().toString()));
    assertEquals(
        new AclEntry.Match(null, null, null, null, null, Map.of("team", "b*")),
        acl.getLast().match());
    assertEquals(List.of(), acl.getLast().actions());
    assertEquals(List.of(), file.warnings());
  }

  @Test
  void littleIsRequired() {
    var file = read(LEAST);

    assertNull(file.server().addr());
    assertEquals(Http.Net.TCP, file.server().net());
    assertEquals("", file.server().pathPrefix());
    assertNull(file.server().certificate());
    assertEquals(new AuthFile.Token("i", 9, null, null, false, null, null), file.token());
    assertEquals(Map.of(), file.users());
    assertEquals(List.of(), file.acl());
    assertNull(file.htpasswdAuth());
    assertNull(file.extAuth());
    assertNull(file.extAuthz());
  }

  /** What stands after the required, and the one problem it has. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
"""
acll: []                        => acll: unknown key; did you mean acl?
server: {adr: ':1'}             => server.adr: unknown key; did you mean addr?
server: {net: udp}              => server.net: must be tcp or unix, not "udp"
server: {path_prefix: tokens}   => server.path_prefix: must be a path that begins with a slash
server: {real_ip_header: 'a b'} => server.real_ip_header: is no name of a header
server: {certificate: c}        => server.key: is required beside certificate
server: {key: k}                => server.certificate: is required beside key
server: {tls_min_version: TLS9} => server.tls_min_version: "TLS9" is no version of TLS, such as TLS12
server: {tls_curve_preferences: [P12]} => server.tls_curve_preferences[0]: "P12" is no curve of TLS, such as P256 or X25519
server: {tls_cipher_suites: [0xffff]} => server.tls_cipher_suites[0]: "0xffff" is no cipher suite of TLS, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
server: {tls_min_version: TLS13, tls_cipher_suites: [0xc014]} => server.tls_cipher_suites: cannot be chosen when tls_min_version is TLS13
htpasswd_auth: {}               => htpasswd_auth.path: is required
ext_auth: {}                    => ext_auth.command: is required
ext_auth: {command: /no/such}   => ext_auth.command: is no program that can be run
ext_authz: {command: no-such}   => ext_authz.command: is no program that can be run
ext_authz: {args: [a]}          => ext_authz.command: is required
google_auth: {domain: a}        => google_auth: not served yet by this version of Layover
github_auth: {organization: a}  => github_auth: not served yet by this version of Layover
oidc_auth: {issuer: a}          => oidc_auth: not served yet by this version of Layover
gitlab_auth: {client_id: a}     => gitlab_auth: not served yet by this version of Layover
ldap_auth: {addr: a}            => ldap_auth: not served yet by this version of Layover
mongo_auth: {collection: a}     => mongo_auth: not served yet by this version of Layover
xorm_auth: {database_type: a}   => xorm_auth: not served yet by this version of Layover
plugin_authn: {plugin_path: a}  => plugin_authn: not served yet by this version of Layover
acl_mongo: {collection: a}      => acl_mongo: not served yet by this version of Layover
acl_xorm: {database_type: a}    => acl_xorm: not served yet by this version of Layover
casbin_authz: {model_path: a}   => casbin_authz: not served yet by this version of Layover
plugin_authz: {plugin_path: a}  => plugin_authz: not served yet by this version of Layover
""")
  void wrongSectionIsTold(String yaml, String problem) {
    assertOne(problem, problems(least(yaml), AuthFileReader::embedded));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
"""
{token: {expiration: 9}, users: {}, acl: []}            => token.issuer: is required
{token: {issuer: i}, users: {}, acl: []}                => token.expiration: is required, in seconds
{token: {issuer: i, expiration: 0}, users: {}, acl: []} => token.expiration: must be at least 1, not 0
{token: {issuer: i, expiration: 9}, acl: []}            => users: is required, unless there is htpasswd_auth or ext_auth; write {} to let nobody in at all
{token: {issuer: i, expiration: 9}, users: {}}          => acl: is required, unless there is ext_authz; write [] to grant nothing
{token: {issuer: i, expiration: 9}, users: , acl: []}   => users: is required, unless there is htpasswd_auth or ext_auth; write {} to let nobody in at all
{token: {issuer: i, expiration: 9}, users: [], acl: []} => users: expected a mapping, found a list
""")
  void whatIsMissingIsTold(String yaml, String problem) {
    assertOne(problem, problems(yaml, AuthFileReader::embedded));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
"""
{actions: []}                         => match: is required; write {} to match everything
{match: , actions: []}                => match: is required; write {} to match everything
{match: {}}                           => actions: is required; write [] to deny
{match: {}, actions: }                => actions: is required; write [] to deny
{match: {}, actions: pull}            => actions: expected a list, found text
{match: {acount: a}, actions: []}     => match.acount: unknown key; did you mean account?
{match: {account: /foo?*/}, actions: []} => match.account: is no regular expression of Go's syntax: invalid nested repetition operator
{match: {type: /(/}, actions: []}     => match.type: is no regular expression of Go's syntax: missing closing )
{match: {name: '/(?=a)/'}, actions: []} => match.name: is no regular expression of Go's syntax: invalid or unsupported Perl syntax
{match: {service: '/\\1/'}, actions: []} => match.service: is no regular expression of Go's syntax: invalid escape sequence
{match: {labels: {a: '/[/'}}, actions: []} => match.labels.a: is no regular expression of Go's syntax: missing closing ]
{match: {ip: ''}, actions: []}        => match.ip: must be an address, or a block such as 10.0.0.0/8
{match: {ip: foo}, actions: []}       => match.ip: must be an address, or a block such as 10.0.0.0/8
{match: {ip: 192.168.0.1/33}, actions: []} => match.ip: a block of these addresses ends in /0 to /32
{match: {ip: 192.168.0.*}, actions: []} => match.ip: must be an address, or a block such as 10.0.0.0/8
{match: {ip: '2001:db8::/129'}, actions: []} => match.ip: a block of these addresses ends in /0 to /128
{match: {ip: 'fe80::1%eth0'}, actions: []} => match.ip: must be an address, or a block such as 10.0.0.0/8
""")
  void wrongRuleIsTold(String rule, String problem) {
    var yaml = LEAST.replace("acl: []", "acl: [" + rule + "]");

    assertOne("acl[0]." + problem, problems(yaml, AuthFileReader::embedded));
  }

  private static void assertOne(String problem, List<String> problems) {
    assertEquals(
        List.of(problem),
        problems.stream().map(line -> line.replaceFirst("^auth.yml:1:\\d+: ", "")).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/8", "10.1.2.3", "2001:db8::1", "2001:db8::/48", "0.0.0.0/0"})
  void addressesAndRangesAreTaken(String ip) {
    var rule = "acl: [{match: {ip: '" + ip + "'}, actions: []}]";
    var acl = read(LEAST.replace("acl: []", rule)).acl();

    assertNotNull(acl);
    assertEquals(ip, acl.getFirst().match().ip());
  }

  @Test
  void oneThatRunsAloneNeedsAnAddressAndNoLetsEncrypt() {
    assertOne("server.addr: is required", problems(LEAST, AuthFileReader::alone));
    assertOne(
        "server.letsencrypt: not served yet by this version of Layover; write certificate and key",
        problems(least("server: {addr: ':1', letsencrypt: {email: a@b}}"), AuthFileReader::alone));

    var unix = least("server: {net: unix, addr: /run/tokens.sock}");
    assertEquals(Path.of("/run/tokens.sock"), read(unix, AuthFileReader::alone).server().socket());
  }

  @Test
  void passwordWithoutValueIsNotAnyPassword() {
    var yaml = LEAST.replace("users: {}", "users: {bob: {password: %s}}");

    assertOne(
        "users.bob.password: has no value; leave the key out to let the user in with any password",
        problems(yaml.formatted(""), AuthFileReader::embedded));

    var users = read(yaml.formatted("''")).users();
    assertNotNull(users);
    assertEquals(new AuthFile.User(new Secret(""), Map.of()), users.get("bob"));
  }

  @Test
  void userWithoutAnythingIsNone() {
    var file = read(LEAST.replace("users: {}", "users: {bob: }"));

    assertEquals(Map.of(), file.users());
    assertEquals(
        List.of(
            "auth.yml:1:49: users.bob: is no user, as nothing is written; write {} to let it in"
                + " with any password"),
        file.warnings().stream().map(this::withoutFolder).toList());
  }

  /** As docker_auth takes null for a field that is not there, and a quoted nothing for one. */
  @Test
  void nothingInQuotesIsWhoeverDidNotSay() {
    var yaml = LEAST.replace("acl: []", "acl: [{match: {account: %s, name: a}, actions: []}]");

    for (var anonymous : List.of("''", "\"\"")) {
      var acl = read(yaml.formatted(anonymous)).acl();
      assertNotNull(acl);
      assertEquals("", acl.getFirst().match().account());
    }
    for (var anybody : List.of("", "~", "null")) {
      var acl = read(yaml.formatted(anybody)).acl();
      assertNotNull(acl);
      assertNull(acl.getFirst().match().account());
    }
  }

  /** As docker_auth takes it, and grants nothing by it. */
  @Test
  void malformedGlobIsWarnedOf() {
    var rule = "{match: {account: 'a[', name: '${account}[', labels: {b: 'c\\'}}, actions: []}";
    var file = read(LEAST.replace("acl: []", "acl: [" + rule + "]"));

    assertEquals(
        List.of(
            "acl[0].match.account: has a class that is not closed, so that nothing is like it",
            "acl[0].match.labels.b: ends in a backslash, so that nothing is like it"),
        file.warnings().stream()
            .map(line -> line.replaceFirst(".*auth.yml:1:\\d+: ", ""))
            .toList());
  }

  @Test
  void isKnownByItsKeys() throws IOException {
    var file = folder.resolve("some.yml");
    for (var yaml : List.of(LEAST, "acl: []", "{token: , typo: 1}")) {
      assertTrue(AuthFileReader.isOne(Files.writeString(file, yaml)), yaml);
    }
    for (var yaml : List.of("version: 0.1", "{version: 0.1, token: {}}", "log: {}", "a: [", "")) {
      assertFalse(AuthFileReader.isOne(Files.writeString(file, yaml)), yaml);
    }
    assertFalse(AuthFileReader.isOne(folder.resolve("none.yml")));
  }

  @Test
  void whatIsShownIsReadAgain() {
    var file =
        read(
            """
            server: {net: unix, addr: /run/t.sock, letsencrypt: {email: a@b, cache_dir: /c}}
            token: {issuer: i, expiration: 900}
            users:
              admin: {password: $2y$05$hush}
              john.smith: {}
              other: {labels: {team: [blue, red]}}
              "": {}
            acl:
              - {match: {}, actions: []}
              - {match: {account: "", labels: {team: ""}}, actions: ["*"], comment: A comment.}
              - {match: {}, actions: []}
            ext_authz: {command: /bin/sh, args: [a]}
            """);

    var shown = ConfigPrinter.print(file);
    assertFalse(shown.contains("hush"));
    var again = read(shown.replace(Secret.MASK, "$2y$05$hush"));
    assertEquals(shown, ConfigPrinter.print(again));
    assertEquals(file.users(), again.users());
    assertEquals(file.server(), again.server());
    assertEquals(matches(file), matches(again));

    var least = ConfigPrinter.print(read(LEAST));
    assertEquals(least, ConfigPrinter.print(read(least)));
  }

  private static List<AclEntry.Match> matches(AuthFile file) {
    return Objects.requireNonNull(file.acl()).stream().map(AclEntry::match).toList();
  }

  @Test
  void hashesAreMasked() {
    var yaml = LEAST.replace("users: {}", "users: {bob: {password: $2y$05$hush}}");

    assertFalse(read(yaml).toString().contains("hush"));
    assertTrue(read(yaml).toString().contains(Secret.MASK));
  }

  @Test
  void largeListsAreRead() {
    var rule = "{match: {account: a, name: b}, actions: [pull]}, ";
    var acl = read(LEAST.replace("acl: []", "acl: [" + rule.repeat(8_000) + "]")).acl();

    assertNotNull(acl);
    assertEquals(8_000, acl.size());
  }
}
