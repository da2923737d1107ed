package io.layover;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.layover.auth.PasswordHash;
import io.layover.metrics.Scrape;
import io.layover.oci.Digest;
import io.layover.parts.S3Server;
import io.layover.standin.Collector;
import io.layover.standin.Collector.Seen;
import io.layover.standin.Content;
import io.layover.standin.HubStandIn;
import io.layover.standin.SeenRequest;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** What a collector is told of a whole server's requests. */
@Timeout(120)
class TracingTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CALLER = "00f067aa0ba902b7";
  private static final String PARENT = "00-" + TRACE + "-" + CALLER + "-01";
  private static final Content LAYER = Content.random(7, 300_000);
  private static final Digest DIGEST = LAYER.digest();
  private static final String BLOB = "/v2/library/app/blobs/" + DIGEST;

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final Collector collector = Collector.start(vertx);

  @TempDir private Path folder;

  TracingTest() {
    hub.repository("library/app").putBlob(LAYER);
  }

  @AfterEach
  void close() {
    hub.close();
    vertx.close().await();
  }

  private Mirror mirror(String... more) {
    return Mirror.of(hub.url(), folder, more);
  }

  private Mirror traced(String... more) {
    var variables = new ArrayList<>(List.of(more));
    Collections.addAll(
        variables,
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        collector.url(),
        "OTEL_BSP_SCHEDULE_DELAY",
        "20",
        "REGISTRY_HTTP_DEBUG_ADDR",
        "127.0.0.1:0",
        "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED",
        "true");
    return mirror(variables.toArray(String[]::new));
  }

  private Seen await(String what, Predicate<Seen> wanted) throws InterruptedException {
    Mirror.await(what, () -> collector.spans().stream().anyMatch(wanted));
    return collector.spans().stream().filter(wanted).findFirst().orElseThrow();
  }

  private Seen await(String name) throws InterruptedException {
    return await(name, span -> span.name().equals(name));
  }

  /** The request of which a span is, as the other side got it. */
  private SeenRequest received(Seen span) {
    return hub.requests().stream()
        .filter(seen -> parentOf(seen).endsWith("-" + span.id() + "-01"))
        .findFirst()
        .orElseThrow();
  }

  private static String parentOf(SeenRequest request) {
    return String.valueOf(request.headers().get("traceparent"));
  }

  @Test
  void oneTraceGoesFromTheClientThroughTokenAndUpstreamToTheBucket() throws Exception {
    var s3 = S3Server.shared();
    var replica =
        Replica.start(
            s3.url(),
            s3.newBucket(),
            folder,
            "REGISTRY_PROXY_REMOTEURL",
            hub.url(),
            "OTEL_TRACES_EXPORTER",
            "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            collector.url(),
            "OTEL_BSP_SCHEDULE_DELAY",
            "20");
    try (replica) {
      var answer = replica.get(BLOB, "traceparent", PARENT);
      assertArrayEquals(LAYER.read(0, 300_000).getBytes(), answer.body());

      var server = await("GET blob");
      assertTrue(server.isServer());
      assertEquals(CALLER, server.parent());
      assertEquals("GET", server.attribute("http.request.method"));
      assertEquals("blob", server.attribute("http.route"));
      assertEquals(BLOB, server.attribute("url.path"));
      assertEquals("200", server.attribute("http.response.status_code"));
      assertEquals("library/app", server.attribute("layover.repository"));
      assertEquals("miss", server.attribute("layover.cache"));

      var fill = await("fill");
      assertEquals(server.id(), fill.parent());
      assertEquals(DIGEST.toString(), fill.attribute("layover.digest"));
      var token = await("upstream token");
      assertEquals(fill.id(), token.parent());

      var sent = collector.spans().stream().filter(Seen::isClient).toList();
      var tokenRequest = only(sent, span -> span.parent().equals(token.id()));
      assertEquals("token", received(tokenRequest).server());
      assertEquals(hub.realm(), tokenRequest.attribute("url.full"));
      var refused = only(sent, span -> span.attribute("http.response.status_code").equals("401"));
      assertEquals(fill.id(), refused.parent());
      assertEquals(hub.url() + BLOB, refused.attribute("url.full"));
      var redirected =
          only(sent, span -> span.attribute("http.response.status_code").equals("307"));
      assertEquals(fill.id(), redirected.parent());
      assertEquals("registry", received(redirected).server());
      var bytes = only(sent, span -> span.attribute("url.full").contains("/cdn/"));
      assertEquals(fill.id(), bytes.parent());
      assertEquals("cdn", received(bytes).server());
      assertEquals("localhost", bytes.attribute("server.address"));

      var store = await("store");
      assertEquals(fill.id(), store.parent());
      var put = await("the object", span -> span.name().startsWith("S3 p") && below(span, store));
      var stored = only(sent(), span -> span.parent().equals(put.id()));
      assertEquals("PUT", stored.attribute("http.request.method"));

      for (var span : collector.spans()) {
        assertEquals(TRACE, span.trace(), span::toString);
      }
      assertEquals("layover", collector.program().get("service.name"));
      assertTellsNoSecret();
    }
  }

  private List<Seen> sent() {
    return collector.spans().stream().filter(Seen::isClient).toList();
  }

  private boolean below(Seen span, Seen other) {
    return span.parent().equals(other.id())
        || collector.spans().stream()
            .anyMatch(between -> between.id().equals(span.parent()) && below(between, other));
  }

  private static Seen only(List<Seen> spans, Predicate<Seen> wanted) {
    var found = spans.stream().filter(wanted).toList();
    assertEquals(1, found.size(), spans::toString);
    return found.getFirst();
  }

  private void assertTellsNoSecret() {
    var text = collector.text();
    for (var secret : List.of("signature", "Bearer", "X-Amz", "AWS4", S3Server.SECRET_KEY)) {
      assertFalse(text.contains(secret), secret);
    }
    for (var request : hub.requests()) {
      var authorization = request.authorization();
      if (authorization != null) {
        assertFalse(text.contains(authorization.substring("Bearer ".length())));
      }
    }
  }

  @Test
  void whoJoinsADownloadPointsToIt() throws Exception {
    Promise<Void> release = Promise.promise();
    hub.when("GET", "/cdn/").heldBy(release.future());
    try (var mirror = traced()) {
      var first = mirror.getLater(BLOB);
      Mirror.await("the download", () -> hub.count("GET", "/cdn/") == 1);
      var second = mirror.getLater(BLOB, "traceparent", PARENT);
      while (Scrape.of(mirror.debugPort()).sum("layover_fills_joined_total") < 1) {
        Thread.onSpinWait();
      }
      release.complete();
      assertEquals(200, first.get().statusCode());
      assertEquals(200, second.get().statusCode());

      var fill = await("fill");
      var joined = await("the second", span -> span.parent().equals(CALLER));
      assertEquals(List.of(fill.id()), joined.links());
      assertEquals("collapsed", joined.attribute("layover.cache"));
      assertFalse(fill.trace().equals(TRACE));
    }
  }

  @Test
  void aDownloadThatGoesOnIsStillInTheTrace() throws Exception {
    hub.when("GET", "/cdn/").times(1).cutAfter(100_000);
    try (var mirror = traced()) {
      assertEquals(200, mirror.get(BLOB, "traceparent", PARENT).statusCode());

      var fill = await("fill");
      var pieces =
          sent().stream().filter(span -> span.attribute("url.full").contains("/cdn/")).toList();
      assertEquals(2, pieces.size());
      for (var piece : pieces) {
        assertEquals(fill.id(), piece.parent());
        assertEquals("cdn", received(piece).server());
      }
      assertEquals(TRACE, fill.trace());
    }
  }

  @Test
  void figuresGoThereToo() throws Exception {
    try (var mirror = traced("OTEL_METRIC_EXPORT_INTERVAL", "50")) {
      assertEquals(200, mirror.get(BLOB).statusCode());

      Mirror.await("the bytes", () -> pushed("layover.sent") >= 300_000);
      Mirror.await("the times", () -> !collector.figures("layover.requests").isEmpty());
      Mirror.await("the process", () -> !collector.figures("process.uptime").isEmpty());
      var times = collector.figures("layover.requests").getLast();
      assertTrue(times.hasHistogram(), times::toString);
      assertEquals(
          300_000, Scrape.of(mirror.debugPort()).sum("layover_sent_bytes_total"), "both count");
    }
  }

  /** The sum of the last figures of this name. */
  private double pushed(String name) {
    return collector.figures(name).reversed().stream()
        .limit(1)
        .flatMap(figure -> figure.getSum().getDataPointsList().stream())
        .mapToDouble(NumberDataPoint::getAsDouble)
        .sum();
  }

  @Test
  void whatClientsAreRefusedIsNoTroubleAndWhatFailsIs() throws Exception {
    try (var mirror = traced()) {
      assertEquals(404, mirror.get("/v2/library/app/manifests/none").statusCode());
      var absent = await("GET manifest");
      assertEquals("404", absent.attribute("http.response.status_code"));
      assertEquals("", absent.attribute("error.type"));

      hub.when(".*", "/manifests/").status(500);
      assertEquals(502, mirror.get("/v2/library/app/manifests/broken").statusCode());
      var failed = await("the failure", span -> span.attribute("error.type").equals("502"));
      assertEquals("GET manifest", failed.name());
    }
  }

  @Test
  void whatTheClientDoesNotWantRecordedIsNot() throws Exception {
    var unrecorded = "00-" + TRACE + "-" + CALLER + "-00";
    try (var mirror = traced()) {
      assertEquals(200, mirror.get(BLOB, "traceparent", unrecorded).statusCode());
      for (var request : hub.log().requests("GET", "/token|/blobs/|/cdn/")) {
        assertTrue(parentOf(request).matches("00-" + TRACE + "-[0-9a-f]{16}-00"));
      }
      // Another trace is a sign that what came before it would have come.
      mirror.get(BLOB);
      await("GET blob");
      assertTrue(collector.spans().stream().noneMatch(span -> span.trace().equals(TRACE)));
    }
  }

  @Test
  void aPasswordThatIsCheckedIsAStep() throws Exception {
    var users = folder.resolve("users");
    Files.writeString(users, "u:" + PasswordHash.of("pw").text() + "\n");
    var basic = "Basic " + Base64.getEncoder().encodeToString("u:pw".getBytes(UTF_8));
    var auth = "{htpasswd: {realm: r, path: '" + users + "'}}";
    try (var mirror = traced("REGISTRY_AUTH", auth)) {
      assertEquals(200, mirror.get(BLOB, "Authorization", basic).statusCode());
      assertEquals(await("GET blob").id(), await("access").parent());
      assertFalse(collector.text().contains(basic.substring("Basic ".length())));
    }
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource({"16400, 414", "10, 404"})
  void whatIsNoRequestIsAnsweredAllTheSame(int length, int status) throws Exception {
    try (var mirror = traced();
        var socket = mirror.open("/" + "x".repeat(length))) {
      var answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertTrue(answer.matches("(?s)HTTP/1\\.[01] " + status + " .*"), answer);
      var shown =
          await(
              "the answer",
              span -> span.attribute("http.response.status_code").equals("" + status));
      assertEquals("GET", shown.name());
      assertTrue(shown.attribute("url.path").length() <= 1024);
    }
  }

  @Test
  void nothingIsTracedUnlessAVariableSaysSo() throws Exception {
    try (var mirror = mirror()) {
      assertEquals(200, mirror.get(BLOB, "traceparent", PARENT).statusCode());
      for (var request : hub.requests()) {
        assertNull(request.headers().get("traceparent"));
      }
    }
    var engine = Engine.start(Map.of("OTEL_SERVICE_NAME", "a name is no collector"));
    assertNull(engine.tracing());
    engine.close().await();
  }

  @Test
  void aCollectorThatIsDownCostsTwoLinesInTheLog() throws Exception {
    var lines = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger("io.layover.trace");
    lines.start();
    logger.addAppender(lines);
    collector.close();
    var mirror =
        traced(
            "OTEL_JAVA_EXPORTER_OTLP_RETRY_DISABLED", "true", "OTEL_METRIC_EXPORT_INTERVAL", "50");
    try (mirror) {
      assertEquals(200, mirror.get(BLOB).statusCode());
      Mirror.await("the lines", () -> lines.list.size() == 2);
      assertEquals(200, mirror.get(BLOB).statusCode());
    } finally {
      logger.detachAppender(lines);
    }
    assertEquals(
        List.of(
            "WARN figures cannot be delivered: connection refused",
            "WARN traces cannot be delivered: no connection"),
        lines.list.stream()
            .map(e -> e.getLevel() + " " + e.getFormattedMessage())
            .sorted()
            .toList());
  }

  @ParameterizedTest(name = "{0}={1}")
  @CsvSource({
    "OTEL_TRACES_EXPORTER, zipkin, OTEL_TRACES_EXPORTER is \"zipkin\"; otlp and none are served",
    "OTEL_EXPORTER_OTLP_PROTOCOL, grpc, OTEL_EXPORTER_OTLP_PROTOCOL is \"grpc\"; http/protobuf is"
        + " served",
    "OTEL_TRACES_SAMPLER, sometimes, the variables OTEL_… cannot be used: Unrecognized value for"
        + " OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG, much, the variables OTEL_… cannot be used: Invalid value for property"
        + " OTEL_TRACES_SAMPLER_ARG",
    "OTEL_BSP_MAX_QUEUE_SIZE, long, the variables OTEL_… cannot be used: Invalid value for property"
        + " OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_EXPORTER_OTLP_ENDPOINT, collector:4318, OTEL_EXPORTER_OTLP_ENDPOINT must be a URL",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, http:///, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT must be",
    "OTEL_EXPORTER_OTLP_HEADERS, secret, 'OTEL_EXPORTER_OTLP_HEADERS must be key=value,…'",
    "OTEL_RESOURCE_ATTRIBUTES, 'a=b,c', 'OTEL_RESOURCE_ATTRIBUTES must be key=value,…'",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE, lowmemory,"
        + " OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE is \"lowmemory\"; cumulative and",
    "OTEL_METRICS_EXPORTER, console, OTEL_METRICS_EXPORTER is \"console\"; otlp and none are"
        + " served",
    "OTEL_METRIC_EXPORT_INTERVAL, 1m, OTEL_METRIC_EXPORT_INTERVAL is \"1m\"; it must be a number"
        + " of",
    "OTEL_METRIC_EXPORT_INTERVAL, 0, OTEL_METRIC_EXPORT_INTERVAL is \"0\"; it must be a number of",
  })
  void whatIsNotUnderstoodIsRefused(String name, String value, String sentence) {
    var variables = new HashMap<String, String>();
    variables.put("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
    variables.put("OTEL_TRACES_SAMPLER", "traceidratio");
    variables.put(name, value);

    var e = assertThrows(StartException.class, () -> Engine.start(variables));
    var checked = assertThrows(StartException.class, () -> Engine.check(variables));

    assertTrue(String.valueOf(e.getMessage()).startsWith(sentence), e.getMessage());
    assertEquals(e.getMessage(), checked.getMessage());
  }

  @ParameterizedTest(name = "{0}={1}")
  @CsvSource({
    "OTEL_TRACES_EXPORTER, none",
    "OTEL_SDK_DISABLED, true",
  })
  void mayBeSwitchedOff(String name, String value) throws Exception {
    var variables = Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url(), name, value);

    var engine = Engine.start(variables);

    assertNull(engine.tracing());
    engine.close().await();
  }
}
