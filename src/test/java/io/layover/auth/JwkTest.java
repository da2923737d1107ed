package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.json.JsonObject;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwkTest {
  /** The example of RFC 7638, 3.1, and its thumbprint. */
  private static final Map<String, String> EXAMPLE =
      Map.of(
          "kty",
          "RSA",
          "n",
          "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE"
              + "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW"
              + "2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vM"
              + "QFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
          "e",
          "AQAB",
          "alg",
          "RS256",
          "kid",
          "2011-04-29");

  private static final String THUMBPRINT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

  @Test
  void thumbprintIsTheStandards() throws GeneralSecurityException {
    assertEquals(THUMBPRINT, Jwk.thumbprint(EXAMPLE));
    assertEquals(THUMBPRINT, Jwk.thumbprint((PublicKey) Jwk.key(EXAMPLE)));
  }

  /** The public key of RFC 8037, A.3. */
  @Test
  void thumbprintOfAnEdwardsKey() throws GeneralSecurityException {
    var jwk =
        Map.of("kty", "OKP", "crv", "Ed25519", "x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");

    assertEquals(
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", Jwk.thumbprint((PublicKey) Jwk.key(jwk)));
  }

  /** Made by openssl and base32, outside of this program. */
  @Test
  void libtrustIdIsTheHashInGroups() throws GeneralSecurityException {
    var key =
        KeyFactory.getInstance("EC")
            .generatePublic(
                new X509EncodedKeySpec(
                    Base64.getDecoder()
                        .decode(
                            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEh0SQrhA8kn/gRA8ZSGFNfMO+cfvZEyIK"
                                + "bZVUfk/bWGvXSFPjhJx0yhL9zx8e6q05rwJy5IJuUQTtMMlg3Clb3Q==")));

    assertEquals(
        "6I6I:LJJL:VJNF:HBHM:XVJF:X45Y:PWKR:ILEM:54HP:PT4S:VS6R:XFUM", Jwk.libtrustId(key));
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "ES256", "ES384", "ES512", "EdDSA"})
  void keySurvivesJson(String algorithm) throws GeneralSecurityException {
    for (var i = 0; i < 20; i++) {
      var key = Forge.keys(algorithm).getPublic();
      assertEquals(key, Jwk.key(Jwk.of(key)));
      if (algorithm.startsWith("RS")) {
        return;
      }
    }
  }

  @Test
  void longEdwardsKeySurvivesJson() throws GeneralSecurityException {
    var key = KeyPairGenerator.getInstance("Ed448").generateKeyPair().getPublic();

    assertEquals(key, Jwk.key(Jwk.of(key)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"kty\": 1}",
        "{\"kty\": \"none\"}",
        "{\"kty\": \"RSA\", \"n\": \"AQAB\"}",
        "{\"kty\": \"RSA\", \"n\": \"AQ#B\", \"e\": \"AQAB\"}",
        "{\"kty\": \"EC\", \"crv\": \"P-224\", \"x\": \"AQAB\", \"y\": \"AQAB\"}",
        "{\"kty\": \"OKP\", \"crv\": \"X25519\", \"x\": \"AQAB\"}",
        "{\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": \"AQAB\"}",
        "{\"kty\": \"oct\"}",
      })
  void whatIsNoKeyIsRefused(String json) {
    var jwk = new JsonObject(json).getMap();

    assertThrows(GeneralSecurityException.class, () -> Jwk.key(jwk));
  }

  @Test
  void sharedSecretsHaveNoThumbprint() {
    assertNull(Jwk.thumbprint(Map.of("kty", "oct", "k", "AQAB")));
    assertNull(Jwk.thumbprint(Map.of("kty", "EC", "crv", "P-256", "x", 7, "y", "AQAB")));
  }
}
