package io.layover.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorCodeTest {
  /** The codes that clients know, and the statuses that distribution sends them with. */
  private static final Map<String, Integer> KNOWN =
      Map.ofEntries(
          Map.entry("BLOB_UNKNOWN", 404),
          Map.entry("BLOB_UPLOAD_INVALID", 404),
          Map.entry("BLOB_UPLOAD_UNKNOWN", 404),
          Map.entry("DENIED", 403),
          Map.entry("DIGEST_INVALID", 400),
          Map.entry("MANIFEST_BLOB_UNKNOWN", 400),
          Map.entry("MANIFEST_INVALID", 400),
          Map.entry("MANIFEST_UNKNOWN", 404),
          Map.entry("NAME_INVALID", 400),
          Map.entry("NAME_UNKNOWN", 404),
          Map.entry("PAGINATION_NUMBER_INVALID", 400),
          Map.entry("RANGE_INVALID", 416),
          Map.entry("SIZE_INVALID", 400),
          Map.entry("TAG_INVALID", 400),
          Map.entry("TOOMANYREQUESTS", 429),
          Map.entry("UNAUTHORIZED", 401),
          Map.entry("UNAVAILABLE", 503),
          Map.entry("UNKNOWN", 500),
          Map.entry("UNSUPPORTED", 405));

  @ParameterizedTest
  @EnumSource
  void isOneThatClientsKnow(ErrorCode code) {
    assertTrue(KNOWN.containsKey(code.wireCode()), code.wireCode());
    assertFalse(code.message().isBlank());
    assertTrue(Character.isLowerCase(code.message().charAt(0)), code.message());
  }

  @ParameterizedTest
  @EnumSource
  void hasOneStatus(ErrorCode code) {
    var expected =
        switch (code) {
          case SIZE_TOO_LARGE -> 413;
          case STORAGE_FULL -> 507;
          case UPSTREAM_FAILED -> 502;
          case URI_TOO_LONG -> 414;
          default -> KNOWN.getOrDefault(code.name(), 0);
        };
    assertEquals(expected, code.status());
  }
}
