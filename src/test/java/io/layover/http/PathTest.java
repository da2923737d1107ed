package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.layover.http.Path.Kind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathTest {
  @ParameterizedTest(name = "{0} -> {1} {2} {3}")
  @CsvSource({
    "/,                               ROOT,      ,                    ''",
    "/v2,                             BASE,      ,                    ''",
    "/v2/,                            BASE,      ,                    ''",
    "/v2/_catalog,                    CATALOG,   ,                    ''",
    "/v2/_catalog/,                   CATALOG,   ,                    ''",
    "/api/explain,                    EXPLAIN,   ,                    ''",
    "/auth,                           TOKEN,     ,                    ''",
    "/auth/token/,                    TOKEN,     ,                    ''",
    "/auth/jwks,                      JWKS,      ,                    ''",
    "/v2/a/blobs/sha256:0,            BLOB,      a,                   sha256:0",
    "/v2/a/b/c/d/blobs/x,             BLOB,      a/b/c/d,             x",
    "/v2/a/manifests/1.0,             MANIFEST,  a,                   1.0",
    "/v2/a/referrers/x,               REFERRERS, a,                   x",
    "/v2/a/tags/list,                 TAGS,      a,                   ''",
    "/v2/a/tags/list/,                TAGS,      a,                   ''",
    "/v2/a/blobs/uploads,             UPLOADS,   a,                   ''",
    "/v2/a/blobs/uploads/,            UPLOADS,   a,                   ''",
    "/v2/a/blobs/uploads/x,           UPLOAD,    a,                   x",
    "/v2/blobs/blobs/x,               BLOB,      blobs,               x",
    "/v2/a/blobs/uploads/blobs/x,     BLOB,      a/blobs/uploads,     x",
    "/v2/a/blobs/uploads/manifests/x, MANIFEST,  a/blobs/uploads,     x",
    "/v2/tags/list/tags/list,         TAGS,      tags/list,           ''",
    "/v2/blobs/uploads/blobs/uploads, UPLOADS,   blobs/uploads,       ''",
    "/v2/a/tags/list/manifests/list,  MANIFEST,  a/tags/list,         list",
    "/v2/a%20b/manifests/c%2Fd,       MANIFEST,  a b,                 c/d",
    "/v2/a/manifests/a+b,             MANIFEST,  a,                   a+b",
  })
  void namesWhatStandsAtItsEnd(String path, Kind kind, @Nullable String repository, String rest) {
    assertEquals(new Path(kind, repository, rest), Path.parse(path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/v1/",
        "/v2x",
        "/v2/a",
        "/v2/a/",
        "/v2/a/blobs",
        "/v2/a/blobs/",
        "/v2/a/blobs/x/",
        "/v2/a/manifests/",
        "/v2/a/manifests/x/",
        "/v2/manifests/x",
        "/v2/tags/list",
        "/v2/blobs/uploads",
        "/v2/blobs/uploads/",
        "/v2/a/uploads/x",
        "/v2/a/xblobs/x",
        "/v2/a/tags/lists",
        "/v2/_catalog/x",
        "/v2x/a/manifests/x",
        "/api/explain/",
        "/auth/other",
      })
  void isNothingElse(String path) {
    assertNull(Path.parse(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/a%zz/manifests/x", "/v2/a/manifests/%"})
  void mustBeWellEncoded(String path) {
    assertThrows(IllegalArgumentException.class, () -> Path.parse(path));
  }
}
