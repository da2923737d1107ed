package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigPrinterTest {
  static String[] files() throws Exception {
    return new String[] {
      "version: 0.1",
      ConfigReaderTest.IMAGE,
      ConfigReaderTest.EVERY_KEY,
      Files.readString(Path.of("config/layover.yml")),
      Files.readString(Path.of("config/registry.yml")),
      Files.readString(Path.of("config/mirror-and-push.yml")),
      "version: 0.1\nlog: {fields: {a: 'null', b: '~', c: 'yes', d: ': #', e: \"x\\ny\", f: ''}}",
    };
  }

  @ParameterizedTest
  @MethodSource("files")
  void whatIsPrintedReadsTheSame(String yaml) {
    var config = Read.file(yaml);

    // Defaults that are written out are warned of like anything else that is written.
    var again = Read.file(ConfigPrinter.print(config));
    assertEquals(config.with(List.of()), again.with(List.of()));
  }

  @Test
  void secretsAreMasked() {
    var config =
        Read.file(
            """
            version: 0.1
            http: {secret: hush}
            proxy:
              remoteurl: https://a.example
              username: me
              password: hush
              upstreams: [{remoteurl: https://b.example, username: you, password: hush}]
            """);

    var printed = ConfigPrinter.print(config);
    assertFalse(printed.contains("hush"), printed);
    assertTrue(printed.contains("secret: '********'"), printed);
    assertTrue(printed.contains("username: me\n      password: '********'"), printed);
    assertTrue(printed.contains("username: you\n      password: '********'"), printed);
    assertFalse(config.toString().contains("hush"), config.toString());
  }

  /** Also of those that are not served yet: what they hold is already known. */
  @Test
  void secretsOfEverySectionAreMasked() {
    var tree =
        (Tree.Fields)
            Yaml.read(
                """
                log: {hooks: [{type: mail, options: {smtp: {username: me, password: hush}}}]}
                storage: {s3: {bucket: b, region: r, accesskey: id, secretkey: hush,
                               sessiontoken: hush}}
                notifications:
                  endpoints:
                    - {name: n, url: "https://u:hush@n.example/", headers: {Authorization: [hush]}}
                health: {http: [{uri: "https://u:hush@h.example/", headers: {X-Key: [hush]}}]}
                proxy: {upstreams: [{remoteurl: "https://a.io", proxy: "http://u:hush@p.example"}]}
                """,
                Place.unwritten(),
                new Problems());
    var problems = new Problems();

    var config = Config.read(Section.root(tree, problems), problems);

    problems.throwIfAny();
    var printed = ConfigPrinter.print(config);
    assertFalse(printed.contains("hush"), printed);
    assertEquals(8, printed.split("\\*{8}", -1).length - 1, printed);
    assertTrue(printed.contains("https://********@n.example/"), printed);
    assertTrue(printed.contains("accesskey: id"), printed);
  }

  @Test
  void showsDefaultsInTheFormTheyAreWrittenIn() {
    var printed =
        ConfigPrinter.print(
            Read.environment(Map.of("REGISTRY_PROXY_REMOTEURL", "https://registry-1.docker.io")));

    assertTrue(printed.startsWith("version: 0.1\nlog:\n"), printed);
    assertTrue(
        printed.contains(
            """
            proxy:
              upstreams:
                - name: docker.io
                  remoteurl: https://registry-1.docker.io
                  default: true
                  skipverify: false
                  timeouts:
                    connect: 10s
                    answer: 20s
                    silence: 30s
                  ttl: 168h
                  tagttl: 0s
                  stalettl: 720h
                  answerwithin: 2s
                  negativettl: 10s
                  reserve: 5
              offline: false
              rangegap: 16MiB
              maxblobsize: 64GiB
              partttl: 24h
              cachewritetimeout: 5m
              resume:
                attempts: 8
                backoff: 250ms
                maxbackoff: 10s
            """),
        printed);
    assertTrue(printed.contains("  filesystem:\n    rootdirectory: /var/lib/registry\n"), printed);
    assertTrue(printed.contains("catalog:\n  maxentries: 1000\ntags:\n  maxtags: 1000\n"), printed);
    assertFalse(printed.contains("warnings"), printed);
  }
}
