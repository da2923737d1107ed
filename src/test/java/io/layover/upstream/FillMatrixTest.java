package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.standin.Content;
import io.layover.standin.HubStandIn;
import io.layover.standin.Rule;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What an upstream does to a body, what is in the cache, and who reads: who gets what, what is
 * kept, what it costs the upstream, and what the figures say. Afterwards, a good upstream heals
 * all.
 */
class FillMatrixTest {
  private static final int SIZE = 400_000;

  /** Where a body is cut, and how much of it comes at a time where it is cut again and again. */
  private static final int CUT = 200_000;

  private static final int CRUMB = 70_000;

  /** What an earlier fill has left. */
  private static final int PART = 150_000;

  private static final int RANGE_START = 100_000;
  private static final int RANGE_END = 300_000;

  private static final String REGISTRY = "^/v2/.*/blobs/";
  private static final String CDN = "^/cdn/";

  @TempDir static Path root;
  private static Vertx vertx;
  private static HubStandIn hub;
  private static MirrorFixture mirror;
  private static long seed = 31_000;

  private final Content layer = Content.random(seed++, SIZE);
  private final Digest digest = layer.digest();
  private final byte[] bytes = layer.read(0, SIZE).getBytes();
  private final String blob = "/v2/library/app/blobs/" + digest;
  private final Promise<Void> release = Promise.promise();
  private double joinedBefore;

  /** How an upstream treats the bodies that are asked of it, and how that ends. */
  enum Upstream {
    HAS("stored"),
    SLOW("stored"),
    SILENT("stored"),
    CUTS("stored"),
    CUTS_OFTEN("stored"),
    RESETS("stored"),
    SAYS_NO_SIZE_AND_CUTS("stored"),
    HAS_NO_RANGES("stored"),
    EXPIRES_THE_TOKEN("stored"),
    EXPIRES_THE_REDIRECT("stored"),
    REFUSES_THE_REST_401("failed"),
    REFUSES_THE_REST_404("failed"),
    REFUSES_THE_REST_500("failed"),
    LIES_ABOUT_LENGTH("refused"),
    LIES_ABOUT_DIGEST("refused");

    private final String outcome;

    Upstream(String outcome) {
      this.outcome = outcome;
    }
  }

  /**
   * @param first concerns the first body; later ones are good unless it is said here
   */
  private static void behave(Upstream upstream, Rule first) {
    switch (upstream) {
      case HAS -> assertEquals(0, first.hits());
      case SLOW -> first.throttle(SIZE * 4L);
      case SILENT -> first.stallAfter(CUT);
      case RESETS -> first.resetAfter(CUT);
      case SAYS_NO_SIZE_AND_CUTS -> first.chunked().cutAfter(CUT);
      case CUTS_OFTEN -> {
        first.cutAfter(CRUMB);
        hub.when("GET", CDN).after(1).cutAfter(CRUMB);
      }
      case LIES_ABOUT_LENGTH -> {
        first.announceMore(5);
        hub.when("GET", CDN).after(1).announceMore(5);
      }
      case LIES_ABOUT_DIGEST -> {
        first.corrupt(RANGE_END + 1);
        hub.when("GET", CDN).after(1).corrupt(RANGE_END + 1);
      }
      default -> {
        first.cutAfter(CUT);
        refuseTheRest(upstream);
      }
    }
  }

  private static void refuseTheRest(Upstream upstream) {
    switch (upstream) {
      case HAS_NO_RANGES -> hub.ranges(false);
      case EXPIRES_THE_TOKEN -> hub.when("GET", REGISTRY).after(1).times(1).unauthorized();
      case EXPIRES_THE_REDIRECT -> hub.when("GET", CDN).after(1).times(1).status(403);
      case REFUSES_THE_REST_401 -> hub.when("GET", REGISTRY).after(1).unauthorized();
      case REFUSES_THE_REST_404 -> hub.when("GET", REGISTRY).after(1).status(404);
      case REFUSES_THE_REST_500 -> hub.when("GET", REGISTRY).after(1).status(500);
      default -> assertEquals(Upstream.CUTS, upstream);
    }
  }

  enum Cache {
    EMPTY,
    PARTIAL,
    CORRUPT,
    STORED
  }

  enum Reader {
    ONE,
    TWENTY,
    RANGE,
    LEAVES
  }

  static Stream<Arguments> matrix() {
    return Arrays.stream(Upstream.values())
        .flatMap(
            upstream ->
                Arrays.stream(Cache.values())
                    .flatMap(
                        cache ->
                            Arrays.stream(Reader.values())
                                .map(reader -> Arguments.of(upstream, cache, reader))));
  }

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    hub = HubStandIn.start(vertx);
    mirror = MirrorFixture.impatient(hub.url(), root);
    // The mirror has a token from here on, so that requests can be counted.
    var first = Content.of("first");
    hub.repository("library/app").putBlob(first);
    assertEquals(200, mirror.get("/v2/library/app/blobs/" + first.digest()).statusCode());
  }

  @AfterAll
  static void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  /** What is to come of a row. */
  private record Expected(String outcome, boolean whole, long reached, boolean kept, long bytes) {
    static Expected of(Upstream upstream, Cache cache) {
      if (cache == Cache.STORED) {
        return new Expected("none", true, SIZE, false, 0);
      }
      var part = cache == Cache.EMPTY ? 0 : PART - 1;
      var missing = SIZE - part;
      if (upstream == Upstream.HAS_NO_RANGES) {
        // The cut answer, and the whole again.
        return cache == Cache.CORRUPT
            ? new Expected("refused", false, PART, false, CUT)
            : new Expected("stored", true, SIZE, false, CUT + SIZE);
      }
      return switch (upstream.outcome) {
        case "stored" ->
            cache == Cache.CORRUPT
                ? new Expected("refused", false, SIZE, false, missing)
                : new Expected("stored", true, SIZE, false, missing);
        case "failed" -> new Expected("failed", false, part + CUT, true, CUT);
        // A part that contradicts itself is refused before it is taken, and so is what was left.
        default ->
            new Expected(
                "refused",
                false,
                SIZE,
                false,
                upstream == Upstream.LIES_ABOUT_LENGTH ? SIZE : missing);
      };
    }
  }

  @ParameterizedTest(name = "upstream {0}, cache {1}, reader {2}")
  @MethodSource("matrix")
  void answers(Upstream upstream, Cache cache, Reader reader) throws Exception {
    var expected = Expected.of(upstream, cache);
    prepare(cache);
    hub.log().clear();
    var ended = mirror.count("layover.fills");
    var outcomes = mirror.count("layover.fills", "outcome", expected.outcome);
    var resumes = mirror.count("layover.fills.resumes");

    joinedBefore = mirror.count("layover.fills.joined");
    behave(upstream, hub.when("GET", CDN).times(1).heldBy(release.future()));
    read(cache, reader, expected);

    if (cache == Cache.STORED) {
      assertEquals(0, hub.bytesSent());
      assertEquals(0, hub.count("GET", "/blobs/|/cdn/"));
      assertEquals(ended, mirror.count("layover.fills"));
    } else {
      Mirror.await("the fill has ended", () -> mirror.count("layover.fills") == ended + 1);
      assertEquals(outcomes + 1, mirror.count("layover.fills", "outcome", expected.outcome));
      assertCost(upstream, cache, expected);
      assertEquals(
          goesOn(upstream, cache), mirror.count("layover.fills.resumes") > resumes, "resumes");
    }
    assertKept(expected);
    assertHealed();
  }

  /** True if a second piece is taken. */
  private static boolean goesOn(Upstream upstream, Cache cache) {
    return switch (upstream) {
      case HAS, SLOW, LIES_ABOUT_DIGEST, LIES_ABOUT_LENGTH -> false;
      case REFUSES_THE_REST_401, REFUSES_THE_REST_404, REFUSES_THE_REST_500 -> false;
      case HAS_NO_RANGES -> cache != Cache.CORRUPT;
      default -> true;
    };
  }

  private void prepare(Cache cache) throws Exception {
    hub.behave();
    hub.ranges(true);
    hub.repository("library/app").putBlob(layer);
    if (cache == Cache.STORED) {
      assertArrayEquals(bytes, mirror.get(blob).body());
    } else if (cache != Cache.EMPTY) {
      var part = Arrays.copyOf(bytes, PART);
      part[RANGE_START - 1] ^= (byte) (cache == Cache.CORRUPT ? 1 : 0);
      Files.createDirectories(mirror.part(digest).getParent());
      Files.write(mirror.part(digest), part);
    }
  }

  private void read(Cache cache, Reader reader, Expected expected) throws Exception {
    switch (reader) {
      case ONE -> {
        var answer = mirror.getLater(blob);
        releaseWhenJoined(cache, 0);
        assertWhole(answer, expected, cache);
      }
      case TWENTY -> {
        var answers = Stream.generate(() -> mirror.getLater(blob)).limit(20).toList();
        releaseWhenJoined(cache, 19);
        for (var answer : answers) {
          assertWhole(answer, expected, cache);
        }
      }
      case RANGE -> {
        var range = "bytes=%d-%d".formatted(RANGE_START, RANGE_END - 1);
        var answer = mirror.getLater(blob, "Range", range);
        releaseWhenJoined(cache, 0);
        assertPart(answer, expected);
      }
      case LEAVES -> {
        try (var leaver = mirror.open(blob)) {
          if (cache != Cache.STORED) {
            Mirror.await("the fill runs", () -> hub.count("GET", CDN) == 1);
          }
          leaver.setSoLinger(true, 0);
        }
        releaseWhenJoined(cache, 0);
      }
    }
  }

  private void releaseWhenJoined(Cache cache, int followers) throws Exception {
    if (cache != Cache.STORED) {
      Mirror.await("the fill runs", () -> hub.count("GET", CDN) == 1);
      Mirror.await(
          "all have joined",
          () -> mirror.count("layover.fills.joined") - joinedBefore == followers);
    }
    release.complete();
  }

  private void assertWhole(
      CompletableFuture<HttpResponse<byte[]>> later, Expected expected, Cache cache) {
    var answer = answer(later);
    assertEquals(expected.whole, answer != null);
    if (answer != null) {
      assertEquals(200, answer.statusCode());
      assertArrayEquals(bytes, answer.body());
      var how = Mirror.header(answer, "Cache-Status");
      assertEquals(cache == Cache.STORED, "Layover; hit".equals(how), how);
    }
  }

  private void assertPart(CompletableFuture<HttpResponse<byte[]>> later, Expected expected) {
    var answer = answer(later);
    assertEquals(expected.reached >= RANGE_END, answer != null);
    if (answer != null) {
      // Where nobody says how large the blob is, the whole is what can be sent.
      var whole = answer.statusCode() == 200;
      assertArrayEquals(
          whole ? bytes : Arrays.copyOfRange(bytes, RANGE_START, RANGE_END), answer.body());
    }
  }

  /** Null if the connection broke. */
  private static @Nullable HttpResponse<byte[]> answer(
      CompletableFuture<HttpResponse<byte[]>> later) {
    try {
      return later.join();
    } catch (CompletionException e) {
      assertTrue(e.getCause() instanceof IOException, e::toString);
      return null;
    }
  }

  private void assertCost(Upstream upstream, Cache cache, Expected expected) {
    var sent = hub.bytesSent();
    // What a reset threw away was sent all the same, and is asked for again.
    var overlap = upstream == Upstream.RESETS ? CUT : 0;
    var crumbs = upstream == Upstream.LIES_ABOUT_LENGTH && cache != Cache.EMPTY ? SIZE : 0;
    assertTrue(
        sent >= expected.bytes && sent <= expected.bytes + overlap + crumbs,
        "%d bytes instead of %d: %s".formatted(sent, expected.bytes, hub.requests()));
  }

  private void assertKept(Expected expected) throws Exception {
    if (expected.outcome.equals("stored") || expected.outcome.equals("none")) {
      assertTrue(mirror.holds(digest));
    } else {
      assertFalse(mirror.holds(digest));
    }
    assertEquals(expected.kept, Files.exists(mirror.part(digest)));
    if (expected.kept) {
      assertEquals(expected.reached, Files.size(mirror.part(digest)));
    }
  }

  /** From a good upstream everybody gets the blob, at the latest with the second attempt. */
  private void assertHealed() throws Exception {
    hub.behave();
    hub.ranges(true);
    var answer = answer(mirror.getLater(blob));
    if (answer == null) {
      Mirror.await("what was wrong is gone", () -> !Files.exists(mirror.part(digest)));
      answer = mirror.get(blob);
    }
    assertArrayEquals(bytes, answer.body());
    Mirror.await("stored", () -> mirror.holds(digest));
    Mirror.await("nothing is left", () -> !Files.exists(mirror.part(digest)));
  }
}
