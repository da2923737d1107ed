package io.layover.http;

import static io.layover.http.RegistryFixture.header;
import static io.layover.http.RegistryFixture.headerIfAny;
import static io.layover.http.RegistryFixture.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.registry.Routing;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class FailuresTest {
  @TempDir private Path directory;

  /** A registry in which everything goes wrong in one way. */
  private RegistryFixture failing(Supplier<RuntimeException> failure) throws Exception {
    return RegistryFixture.start(
        directory,
        RegistryFixture.Options.plain()
            .routing(
                new Routing() {
                  @Override
                  public Target target(RepositoryName name, @Nullable String namespace) {
                    throw failure.get();
                  }

                  @Override
                  public String pushRule() {
                    return "nothing is pushed here";
                  }
                }));
  }

  @ParameterizedTest
  @EnumSource
  void anErrorReachesAClientAsTheSpecificationSays(ErrorCode code) throws Exception {
    try (var registry =
        failing(() -> new RegistryException(code, "what went wrong", Map.of("a", "b")))) {
      var answer = registry.get("/v2/app/manifests/latest");

      assertEquals(code.status(), answer.statusCode());
      assertEquals("application/json", header(answer, "Content-Type"));
      assertEquals(Integer.toString(answer.body().length), header(answer, "Content-Length"));
      var errors = json(answer).getJsonArray("errors");
      assertEquals(1, errors.size());
      var error = errors.getJsonObject(0);
      assertEquals(code.wireCode(), error.getString("code"));
      assertEquals("what went wrong", error.getString("message"));
      assertEquals("b", error.getJsonObject("detail").getString("a"));

      var head = registry.head("/v2/app/manifests/latest");
      assertEquals(code.status(), head.statusCode());
      assertEquals(0, head.body().length);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anErrorNeedsNoMoreThanItsCode(ErrorCode code) throws Exception {
    try (var registry = failing(() -> new RegistryException(code))) {
      var error =
          json(registry.get("/v2/app/manifests/latest")).getJsonArray("errors").getJsonObject(0);

      assertEquals(code.message(), error.getString("message"));
      assertFalse(error.containsKey("detail"));
    }
  }

  @Test
  void saysWhenToComeAgain() throws Exception {
    try (var registry =
        failing(
            () ->
                new RegistryException(
                    ErrorCode.TOOMANYREQUESTS, "too many pulls", Map.of("retryAfter", 60)))) {
      assertEquals("60", header(registry.get("/v2/app/manifests/latest"), "Retry-After"));
    }
  }

  @Test
  void keepsToItselfWhatNobodyExpected() throws Exception {
    try (var registry =
        failing(() -> new IllegalStateException("/secret/path of com.example.Secret"))) {
      var answer = registry.get("/v2/app/manifests/latest");

      assertEquals(500, answer.statusCode());
      assertEquals("UNKNOWN", RegistryFixture.code(answer));
      assertFalse(RegistryFixture.text(answer).contains("secret"));
      assertFalse(RegistryFixture.text(answer).contains("Exception"));
      assertNull(headerIfAny(answer, "Retry-After"));
      assertEquals(200, registry.get("/v2/").statusCode(), "the others are served");
    }
  }
}
