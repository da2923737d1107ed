package io.layover;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images are in the cache before somebody asks for them. */
@Timeout(60)
class WarmCommandTest {
  private static final Image IMAGE = Images.oci(21, 2, 50_000);

  /** For linux/amd64, linux/arm64 and linux/arm/v7. */
  private static final Image INDEX = Images.index(22, 3, 50_000);

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  @TempDir private Path folder;
  private Mirror mirror;

  @BeforeEach
  void start() {
    hub.repository("library/app").put("1", IMAGE).put("many", INDEX);
    mirror = Mirror.of(hub.url(), folder.resolve("data"));
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private Ran warm(String... words) {
    return warmAt("http://127.0.0.1:" + mirror.port(), words);
  }

  private Ran warmAt(String server, String... words) {
    var all = new ArrayList<String>(List.of("--server", server));
    all.addAll(List.of(words));
    var environment = Map.of("DOCKER_CONFIG", folder.toString());
    return Ran.of(new WarmCommand(environment), all.toArray(String[]::new));
  }

  private static void assertSays(String line, String text) {
    assertTrue(Pattern.compile("(?m)^" + line + "$").matcher(text).find(), text);
  }

  private boolean holds(Image image) {
    return mirror.holds(image.digest()) && image.blobs().keySet().stream().allMatch(mirror::holds);
  }

  @Test
  void whatIsWarmIsServedWithoutTheUpstream() {
    var cold = warm("library/app:1");
    assertEquals(0, cold.exit(), cold.err());
    assertSays(
        "library/app:1: 0[.]1 MB in .* s \\(manifests: 1, blobs: 3\\), 4 of them from an upstream",
        cold.out());
    assertTrue(holds(IMAGE));
    hub.close();
    var warm = warm("library/app:1", "library/app@" + IMAGE.digest());
    assertEquals(0, warm.exit(), warm.err());
    assertSays("library/app:1: .*, none of it from an upstream", warm.out());
    assertSays("library/app@sha256:.*, none of it from an upstream", warm.out());
  }

  @Test
  void ofManyPlatformsThoseThatAreWanted() {
    assertEquals(0, warm("--platform", "linux/arm64", "library/app:many").exit());
    assertTrue(holds(INDEX.children().get(1)));
    assertFalse(holds(INDEX.children().get(0)) || holds(INDEX.children().get(2)));
    assertEquals(0, warm("--platform", "linux/arm/v7", "library/app:many").exit());
    assertTrue(holds(INDEX.children().get(2)));
    assertFalse(holds(INDEX.children().get(0)));
    assertEquals(0, warm("-q", "--all-platforms", "library/app:many").exit());
    assertTrue(holds(INDEX.children().get(0)));
  }

  @Test
  void byDefaultThatOfThisMachine() {
    var ran = warm("library/app:many");
    assertEquals(0, ran.exit(), ran.err());
    assertSays("library/app:many: .* \\(manifests: 2, blobs: 2\\), .*", ran.out());
  }

  @Test
  void whatIsNotThereIsNamedAndTheRestIsPulled() {
    var ran =
        warm("--platform", "linux/s390x", "library/nothing", "library/app:many", "library/app:1");
    assertEquals(1, ran.exit());
    assertSays("library/nothing:latest: MANIFEST_UNKNOWN: .*", ran.err());
    assertSays(
        "library/app:many: there is no image for linux/s390x, only for linux/amd64, linux/arm64,"
            + " linux/arm/v7",
        ran.err());
    assertTrue(holds(IMAGE));
  }

  /** The stand-in is a server that wants tokens, and sends its clients elsewhere for blobs. */
  @Test
  void isLoggedInAsDockerIs() throws Exception {
    hub.user("alice", "secret1").repository("alice/app").secret().put("1", IMAGE);
    var before = warmAt(hub.url(), "alice/app:1");
    assertEquals(1, before.exit());
    assertTrue(before.err().startsWith("alice/app:1: "), before.err());
    var host = URI.create(hub.url()).getAuthority();
    var login = Base64.getEncoder().encodeToString("alice:secret1".getBytes(UTF_8));
    Files.writeString(
        folder.resolve("config.json"),
        "{\"auths\": {\"%s\": {\"auth\": \"%s\"}}}".formatted(host, login));
    var after = warmAt(hub.url(), "-q", "alice/app:1");
    assertEquals(0, after.exit(), after.err());
    assertEquals("", after.out());
    assertTrue(
        hub.log().requests("GET", "^/cdn/").stream().allMatch(r -> r.authorization() == null),
        "who is sent elsewhere says nothing of itself there");
  }

  @Test
  void whatArrivesDamagedIsNotThere() {
    hub.when("GET", "^/cdn/").corrupt(5);
    var ran = warmAt(hub.url(), "library/app:1");
    assertEquals(1, ran.exit());
    assertSays("library/app:1: sha256:\\S+ arrived as sha256:\\S+", ran.err());
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    var ran = warmAt("http://127.0.0.1:1", "library/app:1");
    assertEquals(1, ran.exit());
    assertSays("library/app:1: http://127[.]0[.]0[.]1:1/ cannot be reached: .*", ran.err());
  }

  @Test
  void aServerMayStandBelowAPath() {
    mirror.close();
    mirror = Mirror.of(hub.url(), folder.resolve("data"), "REGISTRY_HTTP_PREFIX", "/below/");
    var server = "http://127.0.0.1:" + mirror.port() + "/below";
    assertEquals(0, warmAt(server, "library/app:1").exit());
    assertEquals(0, warmAt(server + "/", "library/app:1").exit());
    assertTrue(holds(IMAGE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:5000", "127.0.0.1:5000", "ftp://a/", "http://a b"})
  void aServerIsAnAddressOfHttp(String server) {
    var ran = warmAt(server, "library/app:1");
    assertEquals(1, ran.exit(), ran.out());
    assertTrue(ran.err().startsWith("Invalid value for option '--server'"), ran.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://a b", "file:///etc/passwd", "gopher://a/"})
  void isNotSentToWhatIsNoAddress(String location) {
    hub.when("GET", "/blobs/").redirect(location);
    var ran = warmAt(hub.url(), "library/app:1");
    assertEquals(1, ran.exit());
    assertSays("library/app:1: the registry names an address that is none: .*", ran.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"UPPER", "a:b:c", "a@sha256:short", "-a", "localhost:5000/a"})
  void whatIsNoNameIsRefused(String name) {
    var ran = warm("--", name);
    assertEquals(1, ran.exit(), ran.out());
    assertTrue(ran.err().contains("Invalid value for positional parameter"), ran.err());
  }
}
