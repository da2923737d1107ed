package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class CheckCommandTest {
  private static final String RULES =
      """
      token: {issuer: i, expiration: 60}
      users:
        alice: {labels: {team: [blue]}}
        "": {}
      acl:
        - match: {account: "", name: "public/*"}
          actions: [pull]
          comment: Anyone pulls what is public.
        - match: {account: alice, ip: 10.0.0.0/8}
          actions: ["*"]
        - match: {account: alice, name: secret}
          actions: []
          comment: Not even alice.
        - match: {name: "${labels:team}/*"}
          actions: [push, pull]
        - match: {service: other, name: a}
          actions: [pull]
      """;

  private static final String YAML = "```yaml\n(token:.*?)```";

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private Path rules = Path.of("");

  @BeforeEach
  void write() throws IOException {
    rules = Files.writeString(folder.resolve("auth.yml"), RULES);
  }

  private int check(List<String> words, Path file) {
    return new CommandLine(new CheckCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(Stream.concat(words.stream(), Stream.of(file.toString())).toArray(String[]::new));
  }

  private String out() {
    return out.toString().replace(folder + "/", "");
  }

  private String err() {
    return err.toString().replace(folder + "/", "");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      textBlock =
"""
``    | repository:public/a:pull   | 0 | granted by acl[0] at auth.yml:6:5 (Anyone pulls what is public.)
``    | repository:public/a:pull,push | 2 | only pull is granted by acl[0] at auth.yml:6:5 (Anyone pulls what is public.)
``    | repository:public/a:push   | 2 | denied by acl[0] at auth.yml:6:5 (Anyone pulls what is public.)
``    | repository:private/a:pull  | 2 | denied, as no rule is about it
alice | repository:secret:pull     | 2 | denied by acl[2] at auth.yml:11:5 (Not even alice.)
alice | repository:blue/a:push     | 0 | granted by acl[3] at auth.yml:14:5
alice | repository:red/a:push      | 2 | denied, as no rule is about it
alice | registry:catalog:*         | 2 | denied, as no rule is about it
""")
  void saysWhichRuleDecides(String user, String scope, int code, String words) {
    assertEquals(code, check(List.of("--as", user, scope), rules));
    assertEquals(scope + ": " + words + "\n", out());
    assertEquals("", err());
  }

  @Test
  void answersForSeveralScopes() {
    assertEquals(
        2, check(List.of("--as", "alice", "repository:blue/a:push", "repository:a/b:pull"), rules));
    assertEquals(
        """
        repository:blue/a:push: granted by acl[3] at auth.yml:14:5
        repository:a/b:pull: denied, as no rule is about it
        """,
        out());
  }

  @Test
  void takesAnAddressAServiceAndLabels() {
    assertEquals(
        0, check(List.of("--as", "alice", "--address", "10.1.2.3", "repository:secret:*"), rules));
    assertEquals(0, check(List.of("--as", "alice", "--service=other", "repository:a:pull"), rules));
    assertEquals(
        0, check(List.of("--as", "alice", "--label", "team=red", "repository:red/a:push"), rules));
    assertEquals(
        0, check(List.of("--as", "alice", "--label", "team=red", "repository:blue/a:push"), rules));
    assertEquals("", err());
  }

  @Test
  void warnsOfWhomTheFileDoesNotKnow() throws IOException {
    check(List.of("--as", "bob", "repository:public/a:pull"), rules);
    assertEquals(
        "warning: nobody of this name is let in at all, as the user is not among users\n", err());

    Files.writeString(rules, RULES + "ext_auth: {command: /bin/sh}\n");
    check(List.of("--as", "bob", "repository:public/a:pull"), rules);
    assertTrue(
        err()
            .endsWith(
                "warning: the user is not among users; whether ext_auth knows it, and what labels"
                    + " it gives, depends on the password\n"));
  }

  @Test
  void asksTheProgramWhereNoRuleDecides() throws IOException {
    Files.writeString(rules, RULES + "ext_authz: {command: /bin/sh, args: [-c, exit 0]}\n");
    assertEquals(0, check(List.of("--as", "alice", "repository:a:push"), rules));
    assertEquals("repository:a:push: granted by ext_authz: /bin/sh ended with 0\n", out());

    Files.writeString(rules, RULES + "ext_authz: {command: /bin/sh, args: [-c, exit 3]}\n");
    assertEquals(2, check(List.of("--as", "alice", "repository:a:push"), rules));
    assertTrue(out().endsWith("repository:a:push: not decided: /bin/sh ended with 3\n"), out());
  }

  @Test
  void showsWhatTheFileComesTo() throws IOException {
    Files.writeString(rules, RULES + "server: {addr: ':5001'}\n");

    assertEquals(0, check(List.of(), rules));
    assertTrue(out().startsWith("server:\n  addr: :5001\n"), out());
    assertTrue(out().contains("  - match:\n      account: alice\n      ip: 10.0.0.0/8\n"), out());
  }

  @Test
  void checksTheFileOfATokenServerInsideToo() throws IOException {
    var config =
        Files.writeString(
            folder.resolve("config.yml"),
            "version: 0.1\nauth: {token: {server: \"%s\"}}\n".formatted(rules));
    assertEquals(0, check(List.of(), config));
    assertTrue(out().contains("    server: auth.yml\n"), out());
    assertEquals("", err());

    Files.writeString(rules, RULES + "ldap_auth: {}\n");
    assertEquals(1, check(List.of(), config));
    assertEquals("auth.yml:18:12: ldap_auth: not served yet by this version of Layover\n", err());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      textBlock =
"""
--as alice                                | --as needs a scope, such as repository:library/alpine:pull
--as alice repository:a                   | "auth.yml" is one file too many
--as alice repository:a:                  | "auth.yml" is one file too many
--as alice --label team repository:a:pull | "team" is no label; write KEY=VALUE
--address 10.0.0.1                        | --address, --service and --label go with --as
other.yml                                 | "auth.yml" is one file too many
--at alice repository:a:pull              | Unknown option: '--at'
""")
  void wrongWordsAreTold(String words, String sentence) {
    assertEquals(1, check(List.of(words.split(" ", -1)), rules));
    assertEquals(sentence, err().lines().findFirst().orElse(""));
  }

  @Test
  void otherConfigurationsHaveNoRules() throws IOException {
    var config = Files.writeString(folder.resolve("config.yml"), "version: 0.1\n");

    assertEquals(1, check(List.of("--as", "alice", "repository:a:pull"), config));
    assertEquals(
        "--as needs docker_auth's file, or a configuration with auth.token.server",
        err().lines().findFirst().orElse(""));
  }

  private static List<String> documented(String regex) throws IOException {
    return Pattern.compile(regex, Pattern.DOTALL)
        .matcher(Files.readString(Path.of("docs/authentication.md")))
        .results()
        .map(m -> m.group(1))
        .toList();
  }

  @Test
  void answersAsTheDocumentationShows() throws IOException {
    var file = Files.writeString(folder.resolve("auth_config.yml"), documented(YAML).getFirst());
    var shown = documented("    \\$ ./layover check (.*?)\n\n").getFirst().split("\n", 2);
    var words = List.of(shown[0].replace(" auth_config.yml", "").split(" ", -1));

    assertEquals(2, check(words, file));
    assertEquals(shown[1].replaceAll("(?m)^ {4}", "") + "\n", out());
  }

  /**
   * The short rules of the documentation for a mirror that everybody reads and a team writes to.
   */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      textBlock =
"""
``, repository:library/alpine:pull,      0
``, repository:library/alpine:push,      2
``, repository:team/app:pull,            2
``, repository:team/a/b:pull,            2
``, repository:teams/app:pull,           0
``, registry:catalog:*,                  2
ci, repository:library/alpine:pull,      0
ci, repository:library/alpine:push,      2
ci, repository:team/app:pull,            0
ci, repository:team/app:push,            0
ci, repository:team/a/b:delete,          0
""")
  void rulesForAMirrorGrantWhatTheyAreFor(String user, String scope, int code) throws IOException {
    var file = Files.writeString(rules, documented(YAML).getLast());

    assertEquals(code, check(List.of("--as", user, scope), file), this::out);
  }

  @Test
  void brokenRulesAreTold() throws IOException {
    Files.writeString(rules, RULES + "ldap_auth: {}\n");

    assertEquals(1, check(List.of("--as", "alice", "repository:a:pull"), rules));
    assertEquals("auth.yml:18:12: ldap_auth: not served yet by this version of Layover\n", err());
  }
}
