package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of tags and repositories, page by page. */
class ListingTest {
  private static final String TAGS = "/v2/app/tags/list";
  private static final String CATALOG = "/v2/_catalog";

  @TempDir private Path root;
  private ApiServer server;

  @BeforeEach
  void start() {
    server = ApiServer.over(root, new ApiServer.Settings().most(4, 3));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private List<String> pushTags(int count) {
    var image = server.pushImage("app", "t0", "layer");
    var json = server.get("/v2/app/manifests/" + image).body().toString();
    for (var i = 1; i < count; i++) {
      server.pushManifest("app", "t" + i, json).expect(201);
    }
    return IntStream.range(0, count).mapToObj(i -> "t" + i).sorted().toList();
  }

  private List<String> follow(String path, String key, int most) {
    var found = new ArrayList<String>();
    for (var next = path; next != null; ) {
      var page = server.get(next).expect(200);
      var names = page.strings(key);
      assertTrue(names.size() <= most, names::toString);
      next = page.next();
      if (next != null) {
        assertEquals(most, names.size());
        assertTrue(next.startsWith("/v2/"), next);
      }
      found.addAll(names);
    }
    return found;
  }

  @ParameterizedTest
  @CsvSource({"?n=1, 1", "?n=3, 3", "?n=4, 4", "'', 4", "?n=1000, 4", "?n=99999999999999999999, 4"})
  void tagsAreFollowedToTheEnd(String query, int most) {
    var tags = pushTags(11);
    assertEquals(tags, follow(TAGS + query, "tags", most));
    assertEquals("app", server.get(TAGS + query).json().getString("name"));
  }

  @ParameterizedTest
  @CsvSource({"4, 4", "3, 4", "4, 3"})
  void theLastPageHasNoLink(int tags, int n) {
    pushTags(tags);
    var page = server.get(TAGS + "?n=" + n).expect(200);
    assertEquals(tags > n, page.next() != null);
  }

  @Test
  void noneAreAskedFor() {
    pushTags(3);
    var page = server.get(TAGS + "?n=0").expect(200);
    assertEquals(List.of(), page.strings("tags"));
    assertNull(page.next());
    assertEquals(List.of(), server.get(CATALOG + "?n=0").expect(200).strings("repositories"));
  }

  @Test
  void whatComesAfterTheLastNeedsNoNumber() {
    pushTags(5);
    assertEquals(List.of("t3", "t4"), server.get(TAGS + "?last=t2").expect(200).strings("tags"));
    assertEquals(List.of("t3"), server.get(TAGS + "?n=1&last=t2").strings("tags"));
    // It need not exist, nor be a tag.
    assertEquals(List.of("t3", "t4"), server.get(TAGS + "?last=t2x").strings("tags"));
    assertEquals(List.of(), server.get(TAGS + "?last=zz").expect(200).strings("tags"));
    assertEquals(4, server.get(TAGS + "?last=%2F..%00").expect(200).strings("tags").size());
    assertEquals(4, server.get(TAGS + "?last=").expect(200).strings("tags").size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "x", "1x", "", "1.5", "0x10", "%201"})
  void whatIsNoNumberIsRefused(String n) {
    pushTags(1);
    server.get(TAGS + "?n=" + n).expect(400, "PAGINATION_NUMBER_INVALID");
    server.get(CATALOG + "?n=" + n).expect(400, "PAGINATION_NUMBER_INVALID");
  }

  @Test
  void aRepositoryWithoutTagsHasAnEmptyList() {
    var image = server.pushImage("app", "only", "layer");
    server.delete("/v2/app/manifests/only").expect(202);
    var page = server.get(TAGS).expect(200);
    assertEquals("[]", page.json().getJsonArray("tags").encode());
    server.delete("/v2/app/manifests/" + image).expect(202);
    assertEquals(List.of(), server.get(TAGS).expect(200).strings("tags"));
    server.get("/v2/other/tags/list").expect(404, "NAME_UNKNOWN");
  }

  @Test
  void deletedTagsLeaveThePages() {
    pushTags(6);
    assertEquals(4, server.get(TAGS).strings("tags").size());
    server.delete("/v2/app/manifests/t1").expect(202);
    server.delete("/v2/app/manifests/t4").expect(202);
    assertEquals(List.of("t0", "t2", "t3", "t5"), follow(TAGS, "tags", 4));
    server.close();
    server = ApiServer.over(root);
    assertEquals(List.of("t0", "t2", "t3", "t5"), follow(TAGS, "tags", 4));
  }

  @ParameterizedTest
  @CsvSource({"?n=1, 1", "?n=2, 2", "'', 3", "?n=50, 3"})
  void theCatalogIsFollowedToTheEnd(String query, int most) {
    // A read before the first push must not hide what comes.
    assertEquals(List.of(), server.get(CATALOG).expect(200).strings("repositories"));
    var names = List.of("a", "a/b", "a/b/c", "b", "team/app", "z0", "z9");
    names.forEach(name -> server.pushImage(name, "1", "layer"));
    assertEquals(names, follow(CATALOG + query, "repositories", most));
    server.close();
    server = ApiServer.over(root, new ApiServer.Settings().most(4, 3));
    assertEquals(names, follow(CATALOG + query, "repositories", most));
  }

  @Test
  void aLinkKeepsWhatElseWasAsked() {
    pushTags(6);
    var next = server.get(TAGS + "?n=2&ns=example.com").next();
    assertNotNull(next);
    assertTrue(next.contains("ns=example.com"), next);
  }

  @Test
  void manifestsAreFoundByLongDigestsToo() {
    var json = server.get("/v2/app/manifests/" + server.pushImage("app", "1", "x")).body();
    var digest = Digest.of("sha512", Digest.hasher("sha512").digest(json.getBytes()));
    server.put("/v2/app/manifests/" + digest + "?tag=long", json.toString()).expect(201);
    assertEquals(List.of("1", "long"), server.get(TAGS).strings("tags"));
  }
}
