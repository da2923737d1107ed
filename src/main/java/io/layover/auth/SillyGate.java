package io.layover.auth;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** distribution's stand-in for tests of clients: lets in whoever sends any credentials. */
public record SillyGate(String realm, String service) implements Gate {
  private static final Account SILLY = new Account("silly", Map.of());

  @Override
  public Future<Admission> admit(@Nullable String authorization, @Nullable String address) {
    return authorization == null || authorization.isEmpty()
        ? Future.failedFuture(new Refused(Refusal.ABSENT))
        : Future.succeededFuture(new Admission(SILLY, Grants.EVERYTHING, false));
  }

  @Override
  public String challenge(@Nullable String origin, List<Scope> wanted, Refusal why) {
    return Challenges.bearer(realm, service, wanted, null);
  }
}
