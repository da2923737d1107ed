package io.layover.auth;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

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

  private final Map<Check, Counter> checks = new EnumMap<>(Check.class);

  AuthMeters(MeterRegistry registry) {
    for (var check : Check.values()) {
      checks.put(
          check,
          Counter.builder("layover.password.checks")
              .description("Passwords that clients sent, by what came of them.")
              .tag("outcome", check.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  void count(Check check) {
    var counter = checks.get(check);
    if (counter != null) {
      counter.increment();
    }
  }
}
