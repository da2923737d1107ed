package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Command;
import io.layover.parts.GoClients;
import io.layover.parts.RealParts;
import io.layover.parts.RealRegistry;
import io.layover.parts.Registry;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import io.layover.parts.TokenServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Twenty clients ask at once for the same blob of 200 MB; the upstream is asked once. */
@RealParts({"docker-registry", "skopeo", "umoci", "busybox", "curl"})
class CollapseIT {
  private static final int CLIENTS = 20;
  private static final long RSS_LIMIT = 250L << 20;
  private static final String NAME = "crowd/big";

  private final TokenServer tokens = TokenServer.start();
  private final RealRegistry upstream = RealRegistry.token(tokens).start();
  private final Registry mirror = UnderTest.mirror(upstream.url());

  @BeforeEach
  void fill() {
    UnderTest.isLayover();
    Skopeo.pushAsAlice(TestImages.big(), upstream.address() + "/" + NAME + ":1").orFail();
    upstream.forgetRequests();
    tokens.forgetRequests();
  }

  @AfterEach
  void stop() {
    mirror.close();
    upstream.close();
    tokens.close();
  }

  @Test
  void curl() throws Exception {
    var blob = bigLayer();
    var url = mirror.url() + "/v2/" + NAME + "/blobs/" + blob;
    // Whether the download succeeded is told apart from what it was.
    var download = "curl -sSf --no-progress-meter '" + url + "' | sha256sum; echo ${PIPESTATUS[0]}";
    for (var result : atOnce(() -> Command.of("bash", "-c", download).run())) {
      assertEquals(blob.substring(7) + "  -\n0\n", result.orFail());
    }
    upstreamWasAskedOnce(blob);
  }

  @Test
  @RealParts("crane")
  void crane() throws Exception {
    var blob = bigLayer();
    var image = mirror.address() + "/" + NAME + ":1";
    // crane verifies what it reads; nobody needs four gigabytes of archives.
    for (var result : atOnce(() -> GoClients.crane("pull", image, "/dev/null"))) {
      result.orFail();
    }
    upstreamWasAskedOnce(blob);
    assertEquals(1, upstream.count("GET", "/manifests/"), upstream::output);
  }

  private void upstreamWasAskedOnce(String blob) {
    assertEquals(1, upstream.count("GET", "/blobs/" + blob), upstream::output);
    var anonymous = tokens.requests().stream().filter(seen -> seen.user().isEmpty()).count();
    assertTrue(anonymous <= 2, () -> "negotiated again and again: " + tokens.requests());
    long peak = mirror.peakRss();
    assertTrue(peak < RSS_LIMIT, () -> (peak >> 20) + " MB resident");
  }

  private static List<Command.Result> atOnce(Callable<Command.Result> client) throws Exception {
    var running = new ArrayList<Future<Command.Result>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int n = 0; n < CLIENTS; n++) {
        running.add(threads.submit(client));
      }
    }
    var results = new ArrayList<Command.Result>();
    for (var result : running) {
      results.add(result.get());
    }
    return results;
  }

  private static String bigLayer() {
    var raw = Skopeo.run("inspect", "--raw", TestImages.big()).orFail();
    JsonArray layers = new JsonObject(raw).getJsonArray("layers");
    return layers.getJsonObject(layers.size() - 1).getString("digest");
  }
}
