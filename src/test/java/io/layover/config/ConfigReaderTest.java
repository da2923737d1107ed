package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.net.AddressBlock;
import io.layover.net.HostPattern;
import io.layover.net.ProxyChoice;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {
  /** As distribution ships it in its image; this must be accepted unchanged. */
  static final String IMAGE =
      """
      version: 0.1
      log:
        fields:
          service: registry
      storage:
        cache:
          blobdescriptor: inmemory
        filesystem:
          rootdirectory: /var/lib/registry
        delete:
          enabled: true
        maintenance:
          uploadpurging:
            enabled: false
        tag:
          concurrencylimit: 8
      http:
        addr: :5000
        debug:
          addr: :5001
          prometheus:
            enabled: true
            path: /metrics
        headers:
          X-Content-Type-Options: [nosniff]
      health:
        storagedriver:
          enabled: true
          interval: 10s
          threshold: 3
      """;

  static final String EVERY_KEY =
      """
      version: 0.1
      log:
        accesslog: {disabled: true}
        level: debug
        formatter: json
        fields: {service: registry, zone: 3}
        reportcaller: true
      storage:
        filesystem: {rootdirectory: ./data, maxthreads: 200}
        tag: {concurrencylimit: 8}
        delete: {enabled: true}
        redirect: {disable: true}
        cache: {blobdescriptor: inmemory, blobdescriptorsize: 5}
        maintenance:
          uploadpurging: {enabled: false, age: 24h, interval: 1h, dryrun: true}
          readonly: {enabled: true}
      http:
        addr: 127.0.0.1:5000
        net: tcp
        prefix: /registry/
        host: https://registry.example.com
        relativeurls: true
        draintimeout: 1m30s
        trustedproxies: [10.0.0.0/8, "::1"]
        headers: {X-Content-Type-Options: [nosniff], X-B: ["1", "2"]}
        debug: {addr: "[::1]:5001", prometheus: {enabled: true, path: /m}}
        http2: {disabled: true}
        h2c: {enabled: false}
      notifications: {events: {includereferences: true}}
      health: {storagedriver: {enabled: true, interval: 5s, threshold: 2}}
      catalog: {maxentries: 50}
      tags: {maxtags: 60}
      validation:
        disabled: true
        manifests:
          urls: {allow: ["^https://"], deny: ["example"]}
          indexes: {platforms: list, platformlist: [{architecture: amd64, os: linux}]}
      policy: {repository: {classes: [image]}}
      proxy:
        hosted: ["private/**", "team-?/*"]
        offline: true
        ttl: 0
        maxsize: 100GiB
        tagttl: 1m
        stalettl: 2h
        answerwithin: 3s
        negativettl: 4s
        reserve: 0
        rangegap: 1MiB
        maxblobsize: 2GiB
        partttl: 3h
        cachewritetimeout: 1m
        resume: {attempts: 4, backoff: 5s, maxbackoff: 6m}
        upstreams:
          - name: docker.io
            remoteurl: https://registry-1.docker.io
            default: true
            allow: ["library/**"]
            deny: ["library/secret"]
            ca: /tls/ca.pem
            certificate: /tls/me.pem
            key: /tls/me.key
            proxy: http://proxy:3128
            redirects: [cdn.example, 10.0.0.0/8]
            timeouts: {connect: 1s, answer: 2s, silence: 3s}
            ttl: 3h
            tagttl: 4h
            stalettl: 5h
            answerwithin: 6s
            negativettl: 7s
            reserve: 8
          - name: mirror:5000
            remoteurl: http://mirror:5000/prefix
            skipverify: true
            proxy: none
      """;

  @Test
  void hasDefaults() {
    var expected =
        new Config(
            new Logging(
                new Logging.AccessLog(false),
                Logging.Level.INFO,
                Logging.Formatter.TEXT,
                Map.of(),
                false,
                List.of()),
            new Storage(
                new Storage.Filesystem(Path.of("/var/lib/registry"), 100),
                new Storage.Tag(0),
                new Storage.Delete(false),
                new Storage.Redirect(false),
                new Storage.Cache(null, 10_000),
                new Storage.Maintenance(
                    new Storage.Maintenance.UploadPurging(
                        true, Duration.ofDays(7), Duration.ofDays(1), false),
                    new Storage.Maintenance.ReadOnly(false))),
            null,
            new Http(
                new Address("", 5000),
                Http.Net.TCP,
                "/",
                null,
                null,
                false,
                Duration.ZERO,
                List.of(),
                null,
                Map.of(),
                new Http.Debug(null, new Http.Debug.Prometheus(false, "/metrics")),
                new Http.Http2(false),
                new Http.H2c(false)),
            new Notifications(new Notifications.Events(false), List.of()),
            new Health(
                new Health.StorageDriver(false, Duration.ofSeconds(10), 1),
                List.of(),
                List.of(),
                List.of()),
            null,
            new Validation(
                false,
                new Validation.Manifests(
                    new Validation.Urls(List.of(), List.of()),
                    new Validation.Indexes(Validation.Platforms.ALL, List.of()))),
            new Policy(new Policy.Repository(List.of())),
            1000,
            1000,
            List.of());

    assertEquals(expected, Read.environment(Map.of()));
    assertEquals(expected, Read.file("version: 0.1"));
  }

  @Test
  void readsEveryServedKey() {
    var expected =
        new Config(
            new Logging(
                new Logging.AccessLog(true),
                Logging.Level.DEBUG,
                Logging.Formatter.JSON,
                Map.of("service", "registry", "zone", "3"),
                true,
                List.of()),
            new Storage(
                new Storage.Filesystem(Path.of("./data"), 200),
                new Storage.Tag(8),
                new Storage.Delete(true),
                new Storage.Redirect(true),
                new Storage.Cache(Storage.Cache.BlobDescriptor.INMEMORY, 5),
                new Storage.Maintenance(
                    new Storage.Maintenance.UploadPurging(
                        false, Duration.ofDays(1), Duration.ofHours(1), true),
                    new Storage.Maintenance.ReadOnly(true))),
            null,
            new Http(
                new Address("127.0.0.1", 5000),
                Http.Net.TCP,
                "/registry/",
                URI.create("https://registry.example.com"),
                null,
                true,
                Duration.ofSeconds(90),
                List.of(AddressBlock.parse("10.0.0.0/8"), AddressBlock.parse("::1")),
                null,
                Map.of("X-Content-Type-Options", List.of("nosniff"), "X-B", List.of("1", "2")),
                new Http.Debug(new Address("::1", 5001), new Http.Debug.Prometheus(true, "/m")),
                new Http.Http2(true),
                new Http.H2c(false)),
            new Notifications(new Notifications.Events(true), List.of()),
            new Health(
                new Health.StorageDriver(true, Duration.ofSeconds(5), 2),
                List.of(),
                List.of(),
                List.of()),
            new Proxy(
                List.of(
                    new Upstream(
                        "docker.io",
                        URI.create("https://registry-1.docker.io"),
                        true,
                        null,
                        List.of(NamePattern.parse("library/**")),
                        List.of(NamePattern.parse("library/secret")),
                        new Line(
                            Path.of("/tls/ca.pem"),
                            Path.of("/tls/me.pem"),
                            Path.of("/tls/me.key"),
                            false,
                            ProxyChoice.parse("http://proxy:3128"),
                            List.of(
                                HostPattern.parse("cdn.example"), HostPattern.parse("10.0.0.0/8")),
                            new Line.Timeouts(
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3))),
                        Duration.ofHours(3),
                        new Freshness(
                            Duration.ofHours(4),
                            Duration.ofHours(5),
                            Duration.ofSeconds(6),
                            Duration.ofSeconds(7),
                            8)),
                    new Upstream(
                        "mirror:5000",
                        URI.create("http://mirror:5000/prefix"),
                        false,
                        null,
                        List.of(),
                        List.of(),
                        new Line(
                            null,
                            null,
                            null,
                            true,
                            ProxyChoice.DIRECT,
                            List.of(),
                            Line.Timeouts.DEFAULT),
                        Duration.ZERO,
                        new Freshness(
                            Duration.ofMinutes(1),
                            Duration.ofHours(2),
                            Duration.ofSeconds(3),
                            Duration.ofSeconds(4),
                            0))),
                List.of(NamePattern.parse("private/**"), NamePattern.parse("team-?/*")),
                true,
                100L << 30,
                new Downloads(
                    1L << 20,
                    2L << 30,
                    Duration.ofHours(3),
                    Duration.ofMinutes(1),
                    new Downloads.Resume(4, Duration.ofSeconds(5), Duration.ofMinutes(6)))),
            new Validation(
                true,
                new Validation.Manifests(
                    new Validation.Urls(
                        List.of(UrlPattern.parse("^https://")),
                        List.of(UrlPattern.parse("example"))),
                    new Validation.Indexes(
                        Validation.Platforms.LIST,
                        List.of(new Validation.Platform("amd64", "linux"))))),
            new Policy(new Policy.Repository(List.of("image"))),
            50,
            60,
            List.of());

    assertEquals(expected, Read.file(EVERY_KEY).with(List.of()));
  }

  @Test
  void takesTheFileOfDistributionsImage() {
    var config = Read.file(IMAGE);

    assertEquals(new Address("", 5000), config.http().addr());
    assertEquals(new Address("", 5001), config.http().debug().addr());
    assertTrue(config.storage().delete().enabled());
    assertFalse(config.storage().maintenance().uploadpurging().enabled());
    assertEquals(
        new Health.StorageDriver(true, Duration.ofSeconds(10), 3), config.health().storagedriver());
    assertNull(config.proxy());
    assertEquals(List.of(), warnings(config));
  }

  @ParameterizedTest
  @ValueSource(strings = {"layover.yml", "registry.yml", "mirror-and-push.yml"})
  void takesTheFilesBesideIt(String name) {
    var config = Read.path("config/" + name);

    assertEquals(List.of(), config.warnings());
    assertEquals(new Storage.Filesystem(Path.of("./data"), 100), config.storage().driver());
  }

  @Test
  void defaultFileIsAMirrorOfDockerHub() {
    var proxy = Read.path("config/layover.yml").proxy();

    assertNotNull(proxy);
    assertEquals(List.of("docker.io"), proxy.upstreams().stream().map(Upstream::name).toList());
    assertTrue(proxy.upstreams().getFirst().isDefault());
    assertEquals(List.of(), proxy.hosted());
  }

  /** What is commented out in the default file must be right as well, and say what is idle. */
  @Test
  void commentsOfTheDefaultFileAreValid() throws Exception {
    var text =
        Files.readString(Path.of("config/layover.yml"))
            .replaceAll("(?m)^  # (?=[a-z -]+:|  )", "  ");
    var marked = new ArrayList<String>();
    for (var line : text.lines().toList()) {
      if (line.contains("no effect yet")) {
        marked.add(line.replaceFirst(":.*", "").strip());
      }
    }

    var config = Read.file(text);
    assertEquals(
        marked,
        warnings(config).stream()
            .map(line -> line.replaceFirst("[0-9:]+ (?:\\w+\\.)*(\\w+): understood.*", "$1"))
            .toList());

    assertNotNull(config.proxy());
    assertEquals(2, config.proxy().upstreams().size());
    assertEquals(new Address("127.0.0.1", 5001), config.http().debug().addr());
    assertTrue(config.storage().delete().enabled());
    assertTrue(config.log().accesslog().disabled());
  }

  @Test
  void understandsDeprecatedKeys() {
    assertEquals(Logging.Level.WARN, Read.file("version: 0.1\nloglevel: warn").log().level());
    assertEquals(
        Logging.Level.DEBUG,
        Read.file("version: 0.1\nloglevel: warn\nlog: {level: DEBUG}").log().level());
    assertFalse(Read.file("version: 0.1\nvalidation: {enabled: true}").validation().disabled());
    assertFalse(
        Read.file("version: 0.1\nvalidation: {enabled: true, disabled: true}")
            .validation()
            .disabled());
    assertEquals(
        Storage.Cache.BlobDescriptor.INMEMORY,
        Read.file("version: 0.1\nstorage: {cache: {layerinfo: inmemory}}")
            .storage()
            .cache()
            .blobdescriptor());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "storage: filesystem",
        "storage: {filesystem: }",
        "storage: {filesystem: {maxthreads: 100}, maintenance: ~}",
        "log:",
        "http: {tls: {certificate: , key: ''}}",
        "compatibility: {schema1: {enabled: false, signingkeyfile: /k}}",
        "notifications: {endpoints: []}",
        "middleware: {}",
        "log: {hooks: []}",
        "http: {net: tcp, h2c: {enabled: }}",
        "catalog: {maxentries: -1}",
        "proxy: {remoteurl: ''}",
        "policy: {repository: {classes: []}}",
        "auth: none",
        "auth:",
        "health: {storagedriver: {interval: 0, threshold: 0}}",
      })
  void takesWhatChangesNothing(String yaml) {
    var defaults = Read.environment(Map.of());
    var config = Read.file("version: 0.1\n" + yaml);

    assertEquals(ConfigPrinter.print(defaults), ConfigPrinter.print(config));
    assertEquals(defaults, config);
  }

  /** As in distribution, where an endpoint without patience would never be told of anything. */
  @Test
  void anEndpointsZerosAreItsDefaults() {
    var yaml = "version: 0.1\nnotifications: {endpoints: [{name: n, url: 'http://a'%s}]}";

    assertEquals(
        Read.file(yaml.formatted("")).notifications(),
        Read.file(yaml.formatted(", timeout: 0, threshold: 0, backoff: 0s")).notifications());
  }

  @Test
  void takesAnchorsAndMergeKeys() {
    var config =
        Read.file(
            """
            version: 0.1
            http:
              headers: &h {X-A: [a]}
            proxy:
              upstreams:
                - &one {remoteurl: https://one.example, tagttl: 5m}
                - {<<: *one, remoteurl: https://two.example}
            """);

    assertNotNull(config.proxy());
    assertEquals(Duration.ofMinutes(5), config.proxy().upstreams().get(1).freshness().tagttl());
    assertEquals("two.example", config.proxy().upstreams().get(1).name());
  }

  @Test
  void noticesThatNothingIsProxied() {
    assertEquals(
        List.of(
            "proxy.hosted: has no effect without proxy.remoteurl or proxy.upstreams",
            "proxy.ttl: has no effect without proxy.remoteurl or proxy.upstreams"),
        warnings(Read.file("version: 0.1\nproxy: {hosted: [a], ttl: 1h}")).stream()
            .map(line -> line.replaceFirst("2:\\d+: ", ""))
            .toList());
  }

  /** Each from its line on. */
  private static List<String> warnings(Config config) {
    return config.warnings().stream().map(line -> line.replaceFirst("^.*config.yml:", "")).toList();
  }
}
