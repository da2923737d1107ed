package io.layover.auth;

import io.layover.auth.AuthMeters.Decision;
import io.layover.auth.Gate.Admission;
import io.layover.auth.Gate.Refused;
import io.layover.oci.Excerpt;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Decides for every request whether who sends it may do what it asks for, and lets operators know:
 * by a figure, and by a line in the audit log for who is refused and, once, for who is let in.
 */
public final class Entrance {
  private static final Logger AUDIT = LoggerFactory.getLogger("audit");

  private final Gate gate;
  private final AuthMeters meters;

  /**
   * A request.
   *
   * @param authorization the header's value; null if there is none
   * @param address the client's, numeric; null if it is not known
   * @param needed what the request asks for
   */
  public record Visit(
      @Nullable String authorization, @Nullable String address, List<Scope> needed) {}

  public Entrance(Gate gate, MeterRegistry meters) {
    this.gate = gate;
    this.meters = new AuthMeters(meters);
  }

  /** Lets a request in; fails as {@link Gate#admit} does, and also if not enough is granted. */
  public Future<Admission> admit(Visit visit) {
    return gate.admit(visit.authorization, visit.address)
        .compose(admission -> granted(admission, visit))
        .onFailure(e -> refused(e, visit));
  }

  private Future<Admission> granted(Admission admission, Visit visit) {
    for (var scope : visit.needed) {
      if (!admission.grants().allow(scope)) {
        return Future.failedFuture(new Refused(Refusal.SCOPE, admission.account()));
      }
    }
    meters.count(Decision.ACCEPTED);
    if (admission.first()) {
      line(visit, admission.account(), "accepted").log("access is granted");
    }
    return Future.succeededFuture(admission);
  }

  private void refused(Throwable e, Visit visit) {
    switch (e) {
      case Refused refused -> {
        meters.count(refused.why());
        // Without credentials nothing was decided: the client is told how to get some.
        if (refused.why() != Refusal.ABSENT) {
          line(visit, refused.account(), "refused")
              .addKeyValue("reason", refused.why().label())
              .log("access is refused: {}", refused.why().sentence());
        }
      }
      case Passwords.TooManyAttempts many -> {
        meters.count(Decision.LIMITED);
        line(visit, null, "refused")
            .addKeyValue("reason", "limited")
            .log("access is refused: {}", many.getMessage());
      }
      default -> meters.count(Decision.FAILED);
    }
  }

  private static LoggingEventBuilder line(Visit visit, @Nullable Account account, String decision) {
    return AUDIT
        .atInfo()
        .addKeyValue("decision", decision)
        .addKeyValue("user", account == null || account.isAnonymous() ? "-" : shown(account))
        .addKeyValue("client", visit.address == null ? "-" : visit.address)
        .addKeyValue(
            "scope", visit.needed.stream().map(Scope::toString).collect(Collectors.joining(" ")));
  }

  /** An account's name for the log. */
  public static String shown(Account account) {
    return Excerpt.of(account.name());
  }

  /** As {@link Gate#challenge}. */
  public String challenge(@Nullable String origin, List<Scope> wanted, Refusal why) {
    return gate.challenge(origin, wanted, why);
  }
}
