package io.layover.auth;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is counted of authentication. */
final class AuthMeters {
  /** How a check of a password ended. */
  enum Check {
    /** Right, by its hash. */
    VERIFIED,
    /** Right, as it was a moment ago. */
    REMEMBERED,
    /** Wrong, or of a user that does not exist. */
    WRONG,
    /** Not looked at, after too many wrong ones. */
    LIMITED,
    /** Nothing could be said. */
    FAILED
  }

  /** How a decision about a request ended, where it is none of {@link Refusal}. */
  enum Decision {
    ACCEPTED,
    /** Refused without a look at the password, after too many wrong ones. */
    LIMITED,
    /** Nothing could be said. */
    FAILED
  }

  /** How a request for a token ended. */
  enum Token {
    /** With all that was asked for. */
    GRANTED,
    PARTLY,
    /** With nothing of it. */
    DENIED,
    /** Not, as the password or the refresh token was wrong. */
    REFUSED,
    LIMITED,
    FAILED;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final MeterRegistry registry;
  private final Map<Check, Counter> checks = new EnumMap<>(Check.class);
  private final Map<Decision, Counter> decisions = new EnumMap<>(Decision.class);
  private final Map<Refusal, Counter> refusals = new EnumMap<>(Refusal.class);

  AuthMeters(MeterRegistry registry) {
    this.registry = registry;
    for (var check : Check.values()) {
      checks.put(
          check,
          Counter.builder("layover.password.checks")
              .description("Passwords that clients sent, by what came of them.")
              .tag("outcome", check.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    for (var decision : Decision.values()) {
      decisions.put(decision, decision(decision.name(), registry));
    }
    for (var refusal : Refusal.values()) {
      refusals.put(refusal, decision(refusal.name(), registry));
    }
  }

  private static Counter decision(String outcome, MeterRegistry registry) {
    return Counter.builder("layover.auth.decisions")
        .description("Requests that needed authentication, by what was decided.")
        .tag("outcome", outcome.toLowerCase(Locale.ROOT))
        .register(registry);
  }

  void count(Check check) {
    increment(checks.get(check));
  }

  void count(Decision decision) {
    increment(decisions.get(decision));
  }

  void count(Refusal why) {
    increment(refusals.get(why));
  }

  private static void increment(@Nullable Counter counter) {
    if (counter != null) {
      counter.increment();
    }
  }

  void token(TokenRequest.Proof proof, Token outcome) {
    Counter.builder("layover.token.requests")
        .description("Requests for a token, by what was shown for it and what came of them.")
        .tag("grant", proof.grant())
        .tag("outcome", outcome.label())
        .register(registry)
        .increment();
  }
}
