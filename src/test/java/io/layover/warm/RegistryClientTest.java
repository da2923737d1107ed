package io.layover.warm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryClientTest {
  @ParameterizedTest
  @CsvSource({
    "https://a.example,  https://a.example/token, true",
    "https://a.example,  https://b.example/token, true",
    "https://a.example,  http://a.example/token,  false",
    "http://a.example,   http://a.example/token,  true",
    "http://a.example,   https://a.example/token, true",
  })
  void passwordsStayWhereNobodyReadsAlong(URI server, URI realm, boolean may) {
    assertEquals(may, RegistryClient.mayHavePasswords(server, realm));
  }
}
