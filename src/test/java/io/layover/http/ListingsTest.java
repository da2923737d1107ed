package io.layover.http;

import static io.layover.http.RegistryFixture.code;
import static io.layover.http.RegistryFixture.header;
import static io.layover.http.RegistryFixture.headerIfAny;
import static io.layover.http.RegistryFixture.json;
import static io.layover.http.RegistryFixture.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.MediaTypes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ListingsTest {
  private static final String INDEX = "{\"schemaVersion\": 2, \"manifests\": []}";
  private static final String TAGS = "/v2/team/app/tags/list";

  @TempDir private Path directory;
  private RegistryFixture registry;

  @BeforeEach
  void start() throws Exception {
    registry = RegistryFixture.start(directory, RegistryFixture.Options.plain().pages(4, 3));
    for (var tag : List.of("c", "a", "e", "B", "d")) {
      push("team/app", tag);
    }
    for (var name : List.of("team", "team-b", "zoo/x")) {
      push(name, "1");
    }
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private void push(String name, String tag) throws Exception {
    RegistryFixture.expect(201, registry.pushManifest(name, tag, INDEX, MediaTypes.OCI_INDEX));
  }

  @ParameterizedTest(name = "{0} -> {1}, {2}")
  @CsvSource({
    "'',             B a c d, ?n=4&last=d",
    "?n=2,           B a,     ?n=2&last=a",
    "?n=2&last=a,    c d,     ?n=2&last=d",
    "?n=2&last=d,    e,       ",
    "?n=2&last=c,    d e,     ",
    "?last=c,        d e,     ",
    "?last=bb,       c d e,   ",
    "?last=zzz,      '',      ",
    "?n=4,           B a c d, ?n=4&last=d",
    "?n=5,           B a c d, ?n=4&last=d",
    "?n=999999999,   B a c d, ?n=4&last=d",
    "?n=0,           '',      ",
    "?n=0&last=a,    '',      ",
    "?n=01,          B,       ?n=1&last=B",
  })
  void listsTags(String query, String tags, @Nullable String next) throws Exception {
    var got = registry.get(TAGS + query);

    assertEquals(200, got.statusCode());
    assertEquals("application/json", header(got, "Content-Type"));
    assertEquals("team/app", json(got).getString("name"));
    assertEquals(tags, String.join(" ", strings(json(got).getJsonArray("tags").getList())));
    assertEquals(
        next == null ? null : "<" + TAGS + next + ">; rel=\"next\"", headerIfAny(got, "Link"));
  }

  /** In distribution's order. */
  @ParameterizedTest(name = "{0} -> {1}, {2}")
  @CsvSource({
    "'',               team team/app team-b, ?n=3&last=team-b",
    "?n=1,             team,                 ?n=1&last=team",
    "?n=1&last=team,   team/app,             ?n=1&last=team%2Fapp",
    "?last=team%2Fapp, team-b zoo/x,         ",
    "?last=team/app,   team-b zoo/x,         ",
    "?n=0,             '',                   ",
    "?last=zz,         '',                   ",
  })
  void listsRepositories(String query, String names, @Nullable String next) throws Exception {
    var got = registry.get("/v2/_catalog" + query);

    assertEquals(200, got.statusCode());
    assertEquals("application/json", header(got, "Content-Type"));
    assertEquals(
        names, String.join(" ", strings(json(got).getJsonArray("repositories").getList())));
    assertEquals(
        next == null ? null : "</v2/_catalog" + next + ">; rel=\"next\"", headerIfAny(got, "Link"));
  }

  @ParameterizedTest(name = "{0} by {2}: {3}")
  @CsvSource({
    "/v2/team/app/tags/list, tags,         1, B a c d e",
    "/v2/team/app/tags/list, tags,         2, B a c d e",
    "/v2/team/app/tags/list, tags,         4, B a c d e",
    "/v2/_catalog,           repositories, 1, team team/app team-b zoo/x",
    "/v2/_catalog,           repositories, 3, team team/app team-b zoo/x",
  })
  void aClientThatFollowsTheLinksSeesAll(String path, String key, int n, String all)
      throws Exception {
    var seen = new ArrayList<String>();
    @Nullable String next = path + "?n=" + n;
    while (next != null) {
      var page = registry.get(next);
      seen.addAll(strings(json(page).getJsonArray(key).getList()));
      var link = headerIfAny(page, "Link");
      next = link == null ? null : link.substring(1, link.indexOf('>'));
    }
    assertEquals(all, String.join(" ", seen));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "x", "1.5", "", "0x1", "%20", "1%202"})
  void refusesANumberThatIsNone(String n) throws Exception {
    for (var path : List.of(TAGS, "/v2/_catalog")) {
      var got = registry.get(path + "?n=" + n);
      assertEquals(400, got.statusCode());
      assertEquals("PAGINATION_NUMBER_INVALID", code(got));
    }
  }

  @Test
  void aLinkKeepsTheNamespace() throws Exception {
    var got = registry.get(TAGS + "?n=1&ns=docker.io");
    assertEquals("<" + TAGS + "?n=1&last=B&ns=docker.io>; rel=\"next\"", header(got, "Link"));
  }

  /** What a client wrote is not repeated to it as it is. */
  @Test
  void aLinkIsTheCanonicalPath() throws Exception {
    try (var connection = registry.connect()) {
      var answer =
          connection.request("GET", "//v2/./team/%61pp/tags/list/?n=1&last=a%22%3E%0d").read();
      assertEquals(200, answer.status());
      assertEquals("<" + TAGS + "?n=1&last=c>; rel=\"next\"", answer.header("link"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/team/app/tags/list", "/v2/team/app/tags/list/"})
  void servesWithAndWithoutASlash(String path) throws Exception {
    assertEquals(200, registry.get(path).statusCode());
    assertEquals(200, registry.get("/v2/_catalog/").statusCode());
  }

  @Test
  void knowsNoTagsOfARepositoryThatIsNotThere() throws Exception {
    for (var name : List.of("nothing", "team/app/below", "zoo")) {
      var got = registry.get("/v2/" + name + "/tags/list");
      assertEquals(404, got.statusCode());
      assertEquals("NAME_UNKNOWN", code(got));
    }
  }

  @Test
  void anUploadThatOnlyBeganMakesNoRepository() throws Exception {
    registry.send("POST", "/v2/new/app/blobs/uploads/", null);

    assertEquals(404, registry.get("/v2/new/app/tags/list").statusCode());
    assertNull(headerIfAny(registry.get("/v2/_catalog?last=t"), "x"));
    assertTrue(!text(registry.get("/v2/_catalog")).contains("new/app"));
  }

  @Test
  void aRepositoryWithoutTagsHasAnEmptyList() throws Exception {
    registry.pushBlob("blobs/only", new byte[] {1});

    var got = registry.get("/v2/blobs/only/tags/list");
    assertEquals(200, got.statusCode());
    assertEquals("{\"name\":\"blobs/only\",\"tags\":[]}", text(got));
  }

  private static List<String> strings(List<?> list) {
    return list.stream().map(String.class::cast).toList();
  }
}
