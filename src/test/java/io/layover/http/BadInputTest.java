package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that no client means: each has an error of the specification, none is our failure. */
class BadInputTest {
  @TempDir private Path root;
  private ApiServer server;

  @BeforeEach
  void start() {
    server = ApiServer.over(root);
    server.pushImage("app", "1", "layer");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?%",
        "?%zz",
        "?=",
        "?&&&",
        "?n=%zz",
        "?n=1&n=2",
        "?digest=%zz",
        "?mount=%",
        "?from=%c3%28",
        "?digest-algorithm=%",
        "?tag=%",
        "?last=%ff%fe",
        "?a=b?c=d#e",
        "?artifactType=%zz",
        "?ns=%zz",
        "?_state=%zz"
      })
  void queries(String query) {
    var blob = Digest.sha256("layer");
    for (var path :
        List.of(
            "GET /v2/",
            "GET /v2/_catalog",
            "GET /v2/app/tags/list",
            "GET /v2/app/referrers/" + blob,
            "GET /v2/app/manifests/1",
            "GET /v2/app/blobs/" + blob,
            "POST /v2/app/blobs/uploads/",
            "PUT /v2/app/manifests/" + blob,
            "DELETE /v2/app/manifests/none")) {
      var words = path.split(" ", -1);
      var body = words[0].equals("GET") ? null : Buffer.buffer();
      var answer = server.request(words[0], words[1] + query, body);
      assertTrue(answer.status() < 500, path + query + " -> " + answer.status());
      if (answer.status() >= 400) {
        assertTrue(answer.error().getString("code").matches("[A-Z_]+"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /v2/../etc/passwd",
        "GET /v2/..%2f..%2fetc/manifests/1",
        "GET /v2/App/manifests/1",
        "GET /v2/app/manifests/%00",
        "GET /v2/app/manifests/-x",
        "GET /v2/app/manifests/sha256:abc",
        "GET /v2/app/blobs/1",
        "GET /v2/app/blobs/sha256:%2e%2e",
        "GET /v2/app/nothing",
        "GET /v2/%zz/manifests/1",
        "GET /v2/app/manifests/%zz",
        "POST /v2/UP/blobs/uploads/",
        "POST /v2/app/manifests/1",
        "PUT /v2/app/tags/list",
        "PATCH /v2/app/blobs/uploads/",
        "PUT /v2/_manifests/manifests/1",
        "PUT /v2/a/_layers/manifests/1"
      })
  void paths(String request) {
    var words = request.split(" ", -1);
    var answer =
        server.request(words[0], words[1], words[0].equals("GET") ? null : Buffer.buffer("{}"));
    assertTrue(answer.status() >= 400 && answer.status() < 500, request + " " + answer.status());
    assertTrue(answer.error().getString("code").matches("[A-Z_]+"));
  }

  @Test
  void ranges() {
    var location = server.post("/v2/app/blobs/uploads/").location();
    for (var range :
        List.of("x", "-", "1-", "-1", "0-99999999999999999999", "a-b", "0--1", "5-2", "%00")) {
      var answer = server.patch(location, "abc", "Content-Range", range);
      assertTrue(answer.status() == 416 || answer.status() == 400, range + " " + answer.status());
    }
    server.get(location).expect(204);
  }

  /** A client that sends all of its body before it reads gets the answer all the same. */
  @Test
  void aRefusedBodyDoesNotHideTheAnswer() throws IOException {
    for (var path : List.of("/v2/app/manifests/big", "/v2/No/manifests/big")) {
      for (var length : List.of(5 << 20, 64 << 20)) {
        try (var client = new RawClient(server.port())) {
          client.write(
              "PUT " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n");
          var chunk = "x".repeat(1 << 20);
          for (var sent = 0; sent < length; sent += chunk.length()) {
            client.write(chunk);
          }
          assertTrue(client.answer().matches("(?s)HTTP/1.1 4(13|00) .*"), path + length);
        }
      }
    }
  }

  @Test
  void nothingOfAllThisIsStored() throws IOException {
    try (var repositories = Files.list(root.resolve("docker/registry/v2/repositories"))) {
      assertFalse(repositories.anyMatch(name -> !name.endsWith("app")));
    }
  }
}
