package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.upstream.Upstreams;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may write what where, apart from users. */
class WriteRulesTest {
  @TempDir private Path root;
  private ApiServer server;
  private Digest image;
  private Digest blob;

  @BeforeEach
  void start() {
    server = ApiServer.over(root);
    image = server.pushImage("app", "1", "layer");
    blob = Digest.sha256("layer");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void restart(ApiServer.Settings settings) {
    server.close();
    server = ApiServer.over(root, settings);
  }

  @Test
  void deletingIsOffUnlessItIsOn() {
    restart(new ApiServer.Settings().withoutDelete());
    for (var path : List.of("manifests/1", "manifests/" + image, "blobs/" + blob)) {
      var message = server.delete("/v2/app/" + path).expect(405, "UNSUPPORTED");
      assertTrue(message.contains("storage.delete.enabled"), message);
      server.get("/v2/app/" + path).expect(200);
    }
    // An upload is not yet anything that could be deleted.
    var upload = server.post("/v2/app/blobs/uploads/").location();
    server.delete(upload).expect(204);
  }

  @Test
  void deletionHasEffectAtOnce() {
    server.pushManifest("app", "2", server.get("/v2/app/manifests/1").body().toString());
    server.delete("/v2/app/manifests/1").expect(202);
    server.get("/v2/app/manifests/1").expect(404, "MANIFEST_UNKNOWN");
    server.get("/v2/app/manifests/2").expect(200);
    server.delete("/v2/app/manifests/1").expect(404, "MANIFEST_UNKNOWN");
    server.delete("/v2/app/manifests/" + image).expect(202);
    server.get("/v2/app/manifests/2").expect(404, "MANIFEST_UNKNOWN");
    server.head("/v2/app/manifests/" + image).expect(404);
    server.delete("/v2/app/manifests/" + image).expect(404, "MANIFEST_UNKNOWN");
    server.delete("/v2/app/blobs/" + blob).expect(202);
    server.head("/v2/app/blobs/" + blob).expect(404);
    server.delete("/v2/app/blobs/" + blob).expect(404, "BLOB_UNKNOWN");
    server.delete("/v2/no/such/manifests/1").expect(404);
    server.delete("/v2/app/manifests/sha256:abc").expect(400, "DIGEST_INVALID");
    server.delete("/v2/app/blobs/sha256:abc").expect(400, "DIGEST_INVALID");
  }

  @Test
  void maintenanceAllowsReadingOnly() {
    var upload = server.post("/v2/app/blobs/uploads/").location();
    restart(new ApiServer.Settings().readOnly());
    var json = server.get("/v2/app/manifests/1").expect(200).body();
    var close = Answer.with(upload, "digest=" + blob);
    for (var request :
        List.of(
            List.of("POST", "/v2/app/blobs/uploads/"),
            List.of("POST", "/v2/new/blobs/uploads/?mount=" + blob + "&from=app"),
            List.of("PATCH", upload),
            List.of("PUT", close),
            List.of("DELETE", upload),
            List.of("PUT", "/v2/app/manifests/2"),
            List.of("DELETE", "/v2/app/manifests/1"),
            List.of("DELETE", "/v2/app/blobs/" + blob))) {
      var answer = server.request(request.getFirst(), request.getLast(), json);
      var message = answer.expect(405, "UNSUPPORTED");
      assertTrue(message.contains("read-only"), message);
    }
    server.get("/v2/app/blobs/" + blob).expect(200);
    assertEquals(List.of("1"), server.get("/v2/app/tags/list").strings("tags"));
    server.get("/v2/_catalog").expect(200);
    server.get("/v2/app/referrers/" + image).expect(200);
    restart(new ApiServer.Settings());
    server.request("PUT", close, Buffer.buffer("layer")).expect(201);
  }

  @Test
  void besideAMirrorOnlyHostedNamesAreOpen() {
    restart(
        new ApiServer.Settings()
            .routing(
                local ->
                    new Upstreams(
                        local,
                        name -> name.value().startsWith("private/"),
                        "open for push: private/**",
                        List.of())));
    server.pushImage("private/app", "1", "layer");
    server.delete("/v2/private/app/manifests/1").expect(202);
    // Without an upstream no other name means anything.
    server.post("/v2/public/app/blobs/uploads/").expect(404, "NAME_UNKNOWN");
  }
}
