package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RealmsTest {
  @ParameterizedTest(name = "{0} tells {1}: {2}")
  @CsvSource({
    "https://registry-1.docker.io, https://auth.docker.io/token, true",
    "https://registry.gitlab.com, https://gitlab.com/jwt/auth, true",
    "https://quay.io, https://quay.io/v2/auth, true",
    "https://registry-1.docker.io, https://docker.io.evil.example/token, false",
    "https://registry-1.docker.io, https://evil.example/token, false",
    "https://registry-1.docker.io, http://auth.docker.io/token, false",
    "https://a.co.uk, https://b.co.uk/token, false",
    "https://r.a.co.uk, https://t.a.co.uk/token, true",
    "https://mine.github.io, https://yours.github.io/token, false",
    "http://10.0.0.1:5000, http://10.0.0.1:5001/token, true",
    "http://10.0.0.1, http://10.0.0.2/token, false",
    "http://127.0.0.1:5000, http://localhost:5001/token, false",
    "http://localhost:5000, http://localhost:5001/token, true",
    "https://REGISTRY.example.com, https://auth.Example.com/t, true",
    "http://[::1]:5000, http://[::1]:5001/t, true",
    "http://[::1]:5000, http://[::2]:5001/t, false",
  })
  void decides(URI upstream, URI realm, boolean may) {
    assertEquals(may, Realms.mayKnowCredentials(upstream, realm));
  }
}
