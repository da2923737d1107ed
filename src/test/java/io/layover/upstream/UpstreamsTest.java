package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.registry.LocalRegistry;
import io.layover.registry.Source;
import io.layover.storage.Disk;
import io.layover.storage.filesystem.FileStores;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which source a name leads to, and which name it has there. */
class UpstreamsTest {
  private static final Vertx VERTX = Vertx.vertx();
  @TempDir private static Path root;
  private static Source here;
  private static Source hub;
  private static Source github;
  private static Upstreams upstreams;

  @BeforeAll
  static void open() throws IOException {
    var stores = FileStores.open(root, new Disk(VERTX));
    here = new LocalRegistry(stores.blobs(), stores.repositories(), stores.referrers());
    hub = new LocalRegistry(stores.blobs(), stores.repositories(), stores.referrers());
    github = new LocalRegistry(stores.blobs(), stores.repositories(), stores.referrers());
    upstreams =
        new Upstreams(
            here,
            name -> name.value().startsWith("team/") || name.value().startsWith("ghcr.io/team/"),
            "open for push: team/**",
            List.of(
                new Upstreams.Entry(upstream("docker.io", false), hub),
                new Upstreams.Entry(upstream("ghcr.io", true), github)));
  }

  @AfterAll
  static void close() {
    VERTX.close().await();
  }

  private static Upstream upstream(String name, boolean prefix) {
    return new Upstream(
        name,
        URI.create("http://" + name),
        null,
        prefix,
        Access.ALL,
        new Freshness(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0),
        true);
  }

  @ParameterizedTest(name = "{0} ns={1} -> {3} of {2}")
  @CsvSource({
    "alpine,             ,                     hub,    library/alpine",
    "library/alpine,     ,                     hub,    library/alpine",
    "docker.io/alpine,   ,                     hub,    library/alpine",
    "library/alpine,     docker.io,            hub,    library/alpine",
    "alpine,             registry-1.docker.io, hub,    library/alpine",
    "org/app,            ,                     hub,    org/app",
    "docker.io/org/app,  ,                     hub,    org/app",
    "org/app,            index.docker.io,      hub,    org/app",
    "ghcr.io/org/app,    ,                     github, ghcr.io/org/app",
    "org/app,            ghcr.io,              github, ghcr.io/org/app",
    "ghcr.io/org/app,    ghcr.io,              github, ghcr.io/ghcr.io/org/app",
    // What is hosted is hosted by whatever name it is found.
    "team/app,           ,                     here,   team/app",
    "team/app,           docker.io,            here,   team/app",
    "docker.io/team/app, ,                     here,   team/app",
    "ghcr.io/team/app,   ,                     here,   ghcr.io/team/app",
    "team/app,           ghcr.io,              here,   ghcr.io/team/app",
  })
  void leadsTo(String name, @Nullable String namespace, String source, String local) {
    var target = upstreams.target(RepositoryName.parse(name), namespace);

    var expected =
        switch (source) {
          case "here" -> here;
          case "hub" -> hub;
          default -> github;
        };
    assertEquals(local, target.name().value());
    assertEquals(expected, target.source());
    assertEquals(source.equals("here"), target.hosted());
  }

  @ParameterizedTest
  @CsvSource({
    "org/app,         quay.io,   no upstream of this cache is called quay.io",
    // One upstream's images are never kept under the names of another's.
    "ghcr.io/org/app, docker.io, ghcr.io/org/app is a name of ghcr.io here",
    "docker.io/ghcr.io/org/app, , ghcr.io/org/app is a name of ghcr.io here",
  })
  void leadsNowhere(String name, @Nullable String namespace, String sentence) {
    var e =
        assertThrows(
            RegistryException.class, () -> upstreams.target(RepositoryName.parse(name), namespace));

    assertEquals(ErrorCode.NAME_UNKNOWN, e.code());
    assertEquals(sentence, e.getMessage());
  }
}
