package io.layover.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://u:p@host/v2/: refused        | https://u:********@host/v2/: refused",
        "https://u:p@ss:w@host/v2/            | https://u:********@host/v2/",
        "'to https://t0k3n@host, and x'       | 'to https://********@host, and x'",
        "at https://c.example/b?X-Amz-Date=1&X-Amz-Signature=0f0f failed"
            + " | at https://c.example/b?******** failed",
        "GET /auth?account=a&access_token=abc&service=s"
            + " | GET /auth?account=a&access_token=********&service=s",
        "/b?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=0f0f&X-Amz-Security-Token=9 |"
            + " /b?X-Amz-Credential=********&X-Amz-Signature=********&X-Amz-Security-Token=********",
        "Authorization: Basic YTpi           | Authorization: ********",
        "Proxy-Authorization=Digest a b c     | Proxy-Authorization=********",
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/1, Signature=0f0f | Authorization:"
            + " ********",
        "AUTHORIZATION: BASIC YTpi            | AUTHORIZATION: ********",
        "GET /auth?ACCESS_TOKEN=abc           | GET /auth?ACCESS_TOKEN=********",
        "authorization : Basic YTpi           | authorization : ********",
        "{'authorization': 'Digest a'}         | {'authorization': '********'}",
        "sent Bearer   abcDEF.123-456 there   | sent Bearer ******** there",
        "sent BEARER abcDEF.123-456 there     | sent BEARER ******** there",
        "sent Bearer abcDEF.123-456 there     | sent Bearer ******** there",
        "{\"refresh_token\": \"abc\", \"a\":\"b\"} | {\"refresh_token\": \"********\","
            + " \"a\":\"b\"}",
        "eyJhbGciOiJIUzI1NiJ9.e30.abc         | ********",
        "GET /v2/eyJhbGciOiJIUzI1NiJ9.e30.abc/ | GET /v2/********/",
      })
  void coversSecrets(String text, String shown) {
    assertEquals(shown, Mask.over(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /v2/library/app/manifests/1",
        "layover listens on 127.0.0.1:5000 as a mirror of https://registry-1.docker.io; no"
            + " password",
        "upstream docker.io is reached through http://u:********@proxy:3128",
        "library/app@sha256:0123456789abcdef is linked, but not stored",
        "access is refused: basic authentication is needed",
        "the bearer challenge names no realm",
        "storage.s3.secretkey: must not be empty",
      })
  void leavesAllElse(String text) {
    assertEquals(text, Mask.over(text));
  }

  /** As what a client or an upstream sends may stand in a line. */
  @ParameterizedTest
  @ValueSource(strings = {"://", "a:", "token", "bearer ", "=", "eyJ", "\"", "authorization", "?"})
  void isQuickWhateverComes(String piece) {
    var text = piece.repeat(20_000);
    assertTrue(assertTimeoutPreemptively(Duration.ofSeconds(20), () -> Mask.over(text)) != null);
  }
}
