package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.standin.FloodStandIn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/**
 * An upstream that means harm costs no more than the bounds say: what it can send before it is cut
 * off, what the client sees, that nothing is stored, and who says why.
 */
class HostileTest {
  private static final Digest DIGEST = Digest.sha256("what is wanted");
  private static final String MANIFEST = "/v2/library/app/manifests/" + DIGEST;
  private static final String BLOB = "/v2/library/app/blobs/" + DIGEST;

  /** The most bytes of any blob. */
  private static final long LARGEST = 16 << 20;

  /** What lies in the buffers of both sides when it is cut off. */
  private static final long ON_THE_WAY = 10 << 20;

  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final String GIGABYTE = "Content-Length: 1073741824\r\n\r\n";
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";
  private static final String MUCH = " ".repeat(64 << 10);
  private static final String CHUNK = "8000\r\n" + "x".repeat(0x8000) + "\r\n";

  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: ([0-9]+)");

  /** How an answer begins, and what then comes again and again. */
  private record Attack(String head, String more) {}

  private static final Map<String, Attack> ATTACKS =
      Map.ofEntries(
          Map.entry("a gigabyte", new Attack(OK + GIGABYTE, MUCH)),
          Map.entry("endless chunks", new Attack(OK + CHUNKED, CHUNK)),
          Map.entry("no end", new Attack(OK + "Connection: close\r\n\r\n", MUCH)),
          Map.entry(
              "a petabyte", new Attack(OK + "Content-Length: 1125899906842624\r\n\r\n", MUCH)),
          Map.entry("compressed", new Attack(OK + "Content-Encoding: gzip\r\n" + GIGABYTE, MUCH)),
          Map.entry("another", new Attack(OK + "Content-Length: 2\r\n\r\n{}", "")),
          Map.entry("many headers", new Attack(OK, "X-A: b\r\n".repeat(1000))),
          Map.entry("a long header", new Attack(OK + "X-A: ", MUCH)),
          Map.entry("a long first line", new Attack("HTTP/1.1 200 ", MUCH)),
          Map.entry("many trailers", new Attack(OK + CHUNKED + "0\r\n", "X-A: b\r\n".repeat(1000))),
          Map.entry("a long chunk head", new Attack(OK + CHUNKED + "5;", MUCH)),
          Map.entry(
              "many first answers",
              new Attack("", "HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n".repeat(1000))),
          Map.entry("a nest", new Attack(OK + "Content-Length: 200000\r\n\r\n", "[".repeat(1000))),
          Map.entry("not HTTP", new Attack("SSH-2.0-OpenSSH_9.2p1\r\n", MUCH)));

  private final FloodStandIn flood = start();
  private final Logger log = (Logger) LoggerFactory.getLogger(FailureLog.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @TempDir Path root;
  private MirrorFixture mirror;

  private static FloodStandIn start() {
    try {
      return FloodStandIn.start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void open() {
    lines.start();
    log.addAppender(lines);
    mirror = MirrorFixture.taking(LARGEST, MirrorFixture.IMPATIENT, flood.url(), root);
  }

  @AfterEach
  void close() throws IOException {
    log.detachAppender(lines);
    mirror.close();
    flood.close();
  }

  private void attack(String how, String path) {
    var attack = Objects.requireNonNull(ATTACKS.get(how), how);
    flood.answer(path, attack.head, attack.more);
  }

  private void challenge(String realm) {
    flood.answer(
        "^/v2/",
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: Bearer realm=\""
            + realm
            + "\",service=\"x\"\r\n\r\n",
        "");
  }

  /** The client is told that the upstream failed, and no more than that. */
  private void assertRefused(String path) throws Exception {
    var answer = mirror.get(path);
    var text = new String(answer.body(), StandardCharsets.UTF_8);
    assertEquals(502, answer.statusCode(), text);
    assertTrue(text.startsWith("{\"errors\":[{\"code\":\"UNAVAILABLE\""), text);
    assertFalse(text.contains("127.0.0.1") || text.contains("xception"), text);
  }

  /** The client sees a part of the body, and its connection end before the end of it. */
  private void assertBroken() throws Exception {
    try (var socket = mirror.open(BLOB)) {
      var in = socket.getInputStream();
      var head = RawReader.head(in);
      assertTrue(head.startsWith("HTTP/1.1 200"), head);
      var body = RawReader.rest(in);
      var length = length(head);
      assertTrue(
          length < 0
              ? !new String(body, StandardCharsets.ISO_8859_1).endsWith("\r\n0\r\n\r\n")
              : body.length < length,
          body.length + " bytes after " + head);
    }
  }

  private static long length(String head) {
    var length = LENGTH.matcher(head);
    return length.find() ? Long.parseLong(length.group(1)) : -1;
  }

  private void assertBounded(long most) {
    assertTrue(flood.bytesSent() <= most + ON_THE_WAY, "bytes sent: " + flood.bytesSent());
  }

  private void assertNothingStored() throws Exception {
    Mirror.await("nothing is left of it", () -> files() == 0);
    assertFalse(mirror.holds(DIGEST));
  }

  private long files() {
    var store = root.resolve("docker");
    try (var docker = Files.exists(store) ? Files.walk(store) : Stream.<Path>empty()) {
      return docker.filter(Files::isRegularFile).count() + mirror.parts();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void assertNamed(String why, String words) {
    if (!why.equals("none")) {
      var reason = why.toLowerCase(Locale.ROOT);
      assertEquals(1, mirror.count("layover.upstream.refused", "reason", reason), reason);
    }
    assertEquals(
        1,
        List.copyOf(lines.list).stream()
            .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
            .map(ILoggingEvent::getFormattedMessage)
            .filter(line -> line.startsWith("upstream docker.io, ") && line.contains(words))
            .count(),
        () -> words + " in " + lines.list);
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "a gigabyte,         SIZE,     more than 4194304 bytes",
    "endless chunks,     SIZE,     more than 4194304 bytes",
    "no end,             SIZE,     more than 4194304 bytes",
    "compressed,         ENCODING, encoded with gzip",
    "another,            DIGEST,   has the digest",
    "many headers,       HEADERS,  head of its answer is too long",
    "a long header,      HEADERS,  head of its answer is too long",
    "a long first line,  HEADERS,  head of its answer is too long",
    "many trailers,      none,     broke off",
    "a long chunk head,  none,     broke off",
    "many first answers, HEADERS,  head of its answer is too long",
    "not HTTP,           none,     127.0.0.1",
  })
  void aManifest(String how, String why, String words) throws Exception {
    attack(how, "^/v2/");
    assertRefused(MANIFEST);
    assertBounded(4 << 20);
    assertNamed(why, words);
    assertNothingStored();
  }

  @Test
  void aManifestThatDrips() throws Exception {
    flood.answer("^/v2/", OK + "Content-Length: 3000\r\n\r\n", "x", Duration.ofMillis(5));
    assertRefused(MANIFEST);
    assertBounded(0);
    assertNamed("SLOW", "sent less than 1024 bytes in 500 ms");
    assertNothingStored();
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "a gigabyte,        SIZE,    more than 262144 bytes",
    "endless chunks,    SIZE,    more than 262144 bytes",
    "many headers,      HEADERS, head of its answer is too long",
    "a nest,            CONTENT, is not JSON",
    "another,           CONTENT, no usable token",
  })
  void aToken(String how, String why, String words) throws Exception {
    challenge(flood.url() + "/token");
    attack(how, "^/token");
    assertRefused(MANIFEST);
    assertBounded(256 << 10);
    assertNamed(why, words);
    assertNothingStored();
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "a petabyte,        SIZE,     more than is taken",
    "compressed,        ENCODING, encoded with gzip",
    "many headers,      HEADERS,  head of its answer is too long",
    "a long first line, HEADERS,  head of its answer is too long",
  })
  void aBlobsHead(String how, String why, String words) throws Exception {
    attack(how, "^/v2/");
    assertRefused(BLOB);
    assertBounded(0);
    assertNamed(why, words);
    assertNothingStored();
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "endless chunks, SIZE,   too much",
    "no end,         SIZE,   too much",
    "another,        DIGEST, something else",
  })
  void aBlobsBody(String how, String why, String words) throws Exception {
    attack(how, "^/v2/");
    assertBroken();
    assertBounded(LARGEST);
    assertNamed(why, words);
    assertEquals(1, mirror.count("layover.fills", "outcome", "refused"));
    assertNothingStored();
  }

  /** Which costs a request now and then, and ends. */
  @Test
  void aBlobThatDrips() throws Exception {
    mirror.close();
    var patience =
        new Patience(
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofMillis(50),
            Duration.ofHours(1));
    mirror = MirrorFixture.taking(LARGEST, patience, flood.url(), root);
    flood.answer("^/v2/", OK + "Content-Length: 3000\r\n\r\n", "x", Duration.ofMillis(5));
    assertBroken();
    assertBounded(0);
    assertNamed("none", "sent less than 1024 bytes in 50 ms");
    assertEquals(
        (double) flood.requests(), mirror.count("layover.upstream.refused", "reason", "slow"));
    assertEquals(1, mirror.count("layover.fills", "outcome", "failed"));
    assertTrue(flood.requests() < 100, "requests: " + flood.requests());
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "http://169.254.169.254/latest/meta-data/, ADDRESS, 169.254.169.254",
    "http://10.0.0.1/,                         ADDRESS, 10.0.0.1",
    "http://[fd00:ec2::254]/,                  ADDRESS, fd00:ec2",
    "file:///etc/passwd,                       REDIRECT, not a web address",
    "/v2/again,                                REDIRECT, more than 5 times",
  })
  void aRedirect(String location, String why, String words) throws Exception {
    var head = "HTTP/1.1 307 Elsewhere\r\nLocation: " + location + "\r\n";
    // Whoever redirects need not send a body, and this one has no end.
    flood.answer("^/v2/", head + CHUNKED, CHUNK);
    assertRefused(BLOB);
    assertBounded(0);
    assertNamed(why, words);
    assertNothingStored();
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "http://169.254.169.254/token, ADDRESS, 169.254.169.254",
    "http://192.168.0.1/token,     ADDRESS, 192.168.0.1",
    "gopher://127.0.0.1/,          REALM,   not an address",
  })
  void aRealm(String realm, String why, String words) throws Exception {
    challenge(realm);
    assertRefused(MANIFEST);
    assertBounded(0);
    assertNamed(why, words);
    assertNothingStored();
  }

  /** A refusal is a refusal, whatever comes after it. */
  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({"404, 404", "401, 404", "403, 404", "429, 429", "500, 502", "302, 502"})
  void aRefusalWithoutEnd(int says, int status) throws Exception {
    flood.answer("^/v2/", "HTTP/1.1 " + says + " No\r\n" + CHUNKED, CHUNK);
    assertEquals(status, mirror.get(MANIFEST).statusCode());
    assertBounded(0);
    assertNothingStored();
  }

  @ParameterizedTest
  @CsvSource({
    "tags/list",
    "referrers/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  })
  void aListWithoutEnd(String list) throws Exception {
    attack("endless chunks", "^/v2/");
    assertRefused("/v2/library/app/" + list);
    assertBounded(4 << 20);
    assertNamed("SIZE", "more than 4194304 bytes");
    assertNothingStored();
  }
}
