package io.layover.http;

import static io.layover.http.Documents.descriptor;
import static io.layover.http.Documents.index;
import static io.layover.http.Documents.platform;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that do not know lists of manifests are given one of their images. */
class OldClientsTest {
  private static final String APP = "/v2/app/manifests/";

  @TempDir private Path root;
  private ApiServer server;
  private Digest arm;
  private Digest amd;

  @BeforeEach
  void start() {
    server = ApiServer.over(root);
    arm = server.pushImage("app", "arm", "for arm");
    amd = server.pushImage("app", "amd", "for amd");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private JsonObject child(Digest digest, String os, String architecture) {
    var size = server.get(APP + digest).body().length();
    return platform(descriptor(MediaTypes.OCI_MANIFEST, digest, size), os, architecture);
  }

  private Digest push(String type) {
    var json = index(type, child(arm, "linux", "arm64"), child(amd, "linux", "amd64")).encode();
    server.pushManifest("app", "list", json).expect(201);
    return Digest.sha256(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*/*",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json, application/json;q=0.9"
      })
  void aListByTagYieldsItsImageForAmd64(String accept) {
    var list = push(MediaTypes.DOCKER_LIST);
    var headers = accept.isEmpty() ? new String[0] : new String[] {"Accept", accept};
    for (var answer :
        new Answer[] {server.get(APP + "list", headers), server.head(APP + "list", headers)}) {
      answer.expect(200);
      assertEquals(amd.toString(), answer.header("Docker-Content-Digest"));
      assertEquals('"' + amd.toString() + '"', answer.header("ETag"));
      assertEquals(MediaTypes.OCI_MANIFEST, answer.header("Content-Type"));
      var size = server.get(APP + amd).body().length();
      assertEquals(Integer.toString(size), answer.header("Content-Length"));
    }
    assertEquals(amd, Digest.sha256(server.get(APP + "list", headers).body().getBytes()));
    var byDigest = server.get(APP + list, headers).expect(200);
    assertEquals(MediaTypes.DOCKER_LIST, byDigest.header("Content-Type"));
    assertEquals(list, Digest.sha256(byDigest.body().getBytes()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "a/b, application/vnd.docker.distribution.manifest.list.v2+json;q=0.5",
      })
  void whoKnowsListsGetsThem(String accept) {
    var list = push(MediaTypes.DOCKER_LIST);
    var answer = server.get(APP + "list", "Accept", "a/b", "Accept", accept).expect(200);
    assertEquals(list.toString(), answer.header("Docker-Content-Digest"));
    assertEquals(
        list.toString(),
        server.head(APP + "list", "Accept", accept).header("Docker-Content-Digest"));
  }

  @Test
  void anIndexIsServedAsItIs() {
    var index = push(MediaTypes.OCI_INDEX);
    assertEquals(index.toString(), server.get(APP + "list").header("Docker-Content-Digest"));
  }

  @Test
  void aListWithoutAmd64HasNothingForThem() {
    var json = index(MediaTypes.DOCKER_LIST, child(arm, "linux", "arm64")).encode();
    server.pushManifest("app", "list", json).expect(201);
    server.get(APP + "list").expect(404, "MANIFEST_UNKNOWN");
    server.head(APP + "list").expect(404);
  }

  @Test
  void whatTheyHaveIsNotSentAgain() {
    push(MediaTypes.DOCKER_LIST);
    server.get(APP + "list", "If-None-Match", '"' + amd.toString() + '"').expect(304);
  }
}
