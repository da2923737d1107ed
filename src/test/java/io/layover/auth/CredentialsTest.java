package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {
  @ParameterizedTest
  @CsvSource({
    "Basic YWxpY2U6c2VjcmV0MQ==, alice, secret1",
    "basic YWxpY2U6c2VjcmV0MQ==, alice, secret1",
    "Basic YWxpY2U6c2VjcmV0MQ,   alice, secret1",
    "Basic YWxpY2U6YTpiOmM=,     alice, a:b:c",
    "Basic w6Q6xJHwn5iA,         ä,     đ😀",
  })
  void areRead(String header, String user, String password) {
    assertEquals(new Credentials(user, password), Credentials.ofBasic(header));
  }

  @Test
  void ofOtherSchemesAreNone() {
    assertNull(Credentials.ofBasic("Bearer abc"));
    assertNull(Credentials.ofBasic("Basic"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic ???", "Basic YWxpY2U=", "Basic /v86eA==", "Basic a"})
  void malformedOnesAreRefused(String header) {
    refused(header);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a\u0000:b", "a:b\u0000", "a\n:b", "a:b\r\nX: y", "a\u007f:b", "a\u0085:b"})
  void controlCharactersAreRefused(String text) {
    refused(basic(text));
  }

  @Test
  void oversizedOnesAreRefused() {
    refused(basic("a".repeat(257) + ":b"));
    refused(basic("a:" + "b".repeat(8193)));
  }

  @Test
  void doNotShowThePassword() {
    assertFalse(new Credentials("alice", "secret1").toString().contains("secret1"));
  }

  private static String basic(String text) {
    return "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void refused(String header) {
    var e = assertThrows(RegistryException.class, () -> Credentials.ofBasic(header));
    assertEquals(ErrorCode.UNAUTHORIZED, e.code());
  }
}
