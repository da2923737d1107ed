package io.layover.http;

import static io.layover.http.Documents.artifact;
import static io.layover.http.Documents.descriptor;
import static io.layover.http.Documents.index;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What refers to a manifest, pushed to this registry or to one without the API. */
class ReferrersTest {
  private static final Digest SUBJECT = Digest.sha256("subject");
  private static final String LIST = "/v2/app/referrers/" + SUBJECT;

  @TempDir private Path root;
  private ApiServer server;

  @BeforeEach
  void start() {
    server = ApiServer.over(root);
    server.pushBlob("app", "{}");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Digest push(JsonObject manifest) {
    var digest = Digest.sha256(manifest.encode());
    server.pushManifest("app", digest.toString(), manifest.encode()).expect(201);
    return digest;
  }

  private Digest push(String type, String note) {
    return push(artifact(type, SUBJECT, note));
  }

  private static List<JsonObject> descriptors(Answer answer) {
    return answer.json().getJsonArray("manifests").stream().map(JsonObject.class::cast).toList();
  }

  private Set<Digest> follow(String path, int most) {
    var found = new ArrayList<Digest>();
    for (var next = path; next != null; ) {
      var page = server.get(next).expect(200);
      var descriptors = descriptors(page);
      assertTrue(descriptors.size() <= most);
      descriptors.forEach(one -> found.add(Digest.parse(one.getString("digest"))));
      next = page.next();
    }
    assertEquals(found.size(), new HashSet<>(found).size(), "none comes twice");
    return Set.copyOf(found);
  }

  @Test
  void eachIsDescribed() {
    var manifest = artifact("application/sbom", SUBJECT, "a note");
    var digest = push(manifest);
    var answer = server.get(LIST).expect(200);
    assertEquals(MediaTypes.OCI_INDEX, answer.header("Content-Type"));
    assertEquals(2, answer.json().getInteger("schemaVersion"));
    assertEquals(MediaTypes.OCI_INDEX, answer.json().getString("mediaType"));
    assertEquals(
        List.of(
            descriptor(MediaTypes.OCI_MANIFEST, digest, manifest.encode().length())
                .put("artifactType", "application/sbom")
                .put("annotations", new JsonObject().put("note", "a note"))),
        descriptors(answer));
    assertNull(answer.next());
  }

  @Test
  void theTypeIsTheConfigsWhereNoneIsGiven() {
    var manifest = artifact("", SUBJECT, "a note");
    manifest.remove("artifactType");
    push(manifest);
    assertEquals(
        "application/vnd.oci.empty.v1+json",
        descriptors(server.get(LIST)).getFirst().getString("artifactType"));
    push(index(MediaTypes.OCI_INDEX).put("subject", descriptor("a/b", SUBJECT, 1)));
    assertTrue(
        descriptors(server.get(LIST)).stream()
            .filter(one -> one.getString("mediaType").equals(MediaTypes.OCI_INDEX))
            .noneMatch(one -> one.containsKey("artifactType")));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 100})
  void pagesAreFollowedToTheEnd(int n) {
    var pushed = new HashSet<Digest>();
    for (var i = 0; i < 7; i++) {
      pushed.add(push("application/x", "number " + i));
    }
    assertEquals(pushed, follow(LIST + "?n=" + n, n));
    push("application/y", "another type");
    assertEquals(pushed, follow(LIST + "?artifactType=application%2Fx&n=" + n, n));
  }

  @Test
  void aPageHasNoMoreBytesThanClientsTake() {
    var pushed = new HashSet<Digest>();
    for (var i = 0; i < 12; i++) {
      pushed.add(push("application/x", i + "x".repeat(1_000_000)));
    }
    assertTrue(server.get(LIST).body().length() <= 4 << 20);
    assertEquals(pushed, follow(LIST, 1000));
    var largest = push("application/x", "y".repeat((4 << 20) - 1000));
    pushed.add(largest);
    assertEquals(pushed, follow(LIST, 1000));
  }

  @Test
  void aFilterIsApplied() {
    push("application/x", "1");
    var wanted = push("application/y+json", "2");
    var answer = server.get(LIST + "?artifactType=application%2Fy%2Bjson").expect(200);
    assertEquals("artifactType", answer.header("OCI-Filters-Applied"));
    assertEquals(wanted.toString(), descriptors(answer).getFirst().getString("digest"));
    assertEquals(1, descriptors(answer).size());
    assertEquals(List.of(), descriptors(server.get(LIST + "?artifactType=none").expect(200)));
    assertNull(server.get(LIST).header("OCI-Filters-Applied"));
  }

  @Test
  void whatIsUnknownHasNone() {
    var unknown = Digest.sha256("unknown");
    assertEquals(List.of(), descriptors(server.get("/v2/app/referrers/" + unknown).expect(200)));
    assertEquals(
        List.of(), descriptors(server.get("/v2/no/such/referrers/" + unknown).expect(200)));
    // It came into being afterwards.
    server.pushBlob("no/such", "{}");
    var late = artifact("application/x", unknown, "late").encode();
    server.pushManifest("no/such", Digest.sha256(late).toString(), late).expect(201);
    assertEquals(1, descriptors(server.get("/v2/no/such/referrers/" + unknown)).size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha256:abc", "md5:abc", "latest", "sha256", "%20", "sha256:..%2f"})
  void aMalformedDigestIsRefused(String digest) {
    server.get("/v2/app/referrers/" + digest).expect(400, "DIGEST_INVALID");
    server.get(LIST + "?last=x").expect(400, "DIGEST_INVALID");
  }

  @Test
  void whatIsDeletedVanishesAtOnce() {
    var digest = push("application/x", "1");
    var other = push("application/x", "2");
    assertEquals(Set.of(digest, other), follow(LIST, 10));
    server.delete("/v2/app/manifests/" + digest).expect(202);
    assertEquals(Set.of(other), follow(LIST, 10));
    push("application/x", "1");
    assertEquals(Set.of(digest, other), follow(LIST, 10));
  }

  @Test
  void theNotesAreMadeAgainWhenTheyAreLost() throws IOException {
    var digest = push("application/x", "1");
    assertEquals(Set.of(digest), follow(LIST, 10));
    server.close();
    deleteNotes();
    server = ApiServer.over(root);
    assertEquals(Set.of(digest), follow(LIST, 10));
    var next = push("application/x", "2");
    assertEquals(Set.of(digest, next), follow(LIST, 10));
  }

  private void deleteNotes() throws IOException {
    try (var all = Files.walk(root.resolve("layover"))) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** What a client does whose registry does not know the API: an index under a tag. */
  private Digest pushFallback(JsonObject... referrers) {
    var list = new JsonArray();
    for (var referrer : referrers) {
      var text = referrer.encode();
      list.add(
          descriptor(MediaTypes.OCI_MANIFEST, Digest.sha256(text), text.length())
              .put("artifactType", referrer.getString("artifactType")));
    }
    var index = index(MediaTypes.OCI_INDEX).put("manifests", list).encode();
    server.pushManifest("app", "sha256-" + SUBJECT.hex(), index).expect(201);
    return Digest.sha256(index);
  }

  @Test
  void fallbackTagsOfOldClientsAreRead() throws IOException {
    var first = artifact("application/x", SUBJECT, "1");
    var second = artifact("application/y", SUBJECT, "2");
    var stranger = artifact("application/x", Digest.sha256("another"), "3");
    var expected = Set.of(push(first), push(second));
    push(stranger);
    pushFallback(first, second, stranger);
    assertEquals(expected, follow(LIST + "?n=1", 1));
    server.close();
    deleteNotes();
    server = ApiServer.over(root);
    assertEquals(expected, follow(LIST + "?n=1", 1));
  }

  /** The notes say that the repository was read, and then another program wrote into it. */
  @Test
  void whatAnotherRegistryWroteMeanwhileIsFound() throws IOException {
    var mine = push("application/x", "mine");
    assertEquals(Set.of(mine), follow(LIST, 10));
    server.close();
    moveNotes("layover", "kept");
    server = ApiServer.over(root);
    var theirs = artifact("application/y", SUBJECT, "theirs");
    var digest = push(theirs);
    pushFallback(theirs);
    server.delete("/v2/app/manifests/" + mine).expect(202);
    server.close();
    deleteNotes();
    moveNotes("kept", "layover");
    server = ApiServer.over(root);
    assertEquals(Set.of(digest), follow(LIST, 10));
  }

  private void moveNotes(String from, String to) throws IOException {
    Files.move(root.resolve(from), root.resolve(to));
  }

  @Test
  void theFallbackTagOfALongDigestIsCut() {
    var subject = Digest.of("sha512", Digest.hasher("sha512").digest(new byte[0]));
    var referrer = artifact("application/x", subject, "1");
    var digest = push(referrer);
    var index =
        index(
            MediaTypes.OCI_INDEX,
            descriptor(MediaTypes.OCI_MANIFEST, digest, referrer.encode().length()));
    server
        .pushManifest("app", "sha512-" + subject.hex().substring(0, 64), index.encode())
        .expect(201);
    assertEquals(Set.of(digest), follow("/v2/app/referrers/" + subject, 10));
  }

  @Test
  void aFallbackTagThatIsNoIndexIsNoFailure() {
    server.pushImage("app", "sha256-" + SUBJECT.hex(), "layer");
    assertEquals(Set.of(), follow(LIST, 10));
  }
}
