package io.layover.health;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all checks have come to so far; before the first look everything is well. */
public final class Health {
  private static final Logger LOG = LoggerFactory.getLogger(Health.class);

  private final Vertx vertx;
  private final List<State> states;

  private Health(Vertx vertx, List<Check> checks) {
    this.vertx = vertx;
    this.states = checks.stream().map(State::new).toList();
  }

  /** Begins to look. */
  public static Health watch(Vertx vertx, List<Check> checks) {
    var health = new Health(vertx, checks);
    health.states.forEach(health::look);
    return health;
  }

  private static final class State {
    private final Check check;
    private int failures;
    private volatile String failure = "";

    private State(Check check) {
      this.check = check;
    }

    private synchronized void passed() {
      failures = 0;
      if (!failure.isEmpty()) {
        failure = "";
        LOG.info("health: {} is well again", check.name());
      }
    }

    private synchronized void failed(String why) {
      failures++;
      if (failures >= check.threshold()) {
        if (failure.isEmpty()) {
          LOG.warn("health: {} fails: {}", check.name(), why);
        }
        failure = why;
      }
    }
  }

  /** One look after the other: one that takes long is not overtaken by the next. */
  private void look(State state) {
    Future.succeededFuture()
        .compose(v -> state.check.look().get())
        .onSuccess(v -> state.passed())
        .onFailure(e -> state.failed(String.valueOf(e.getMessage())))
        .onComplete(
            v -> vertx.setTimer(Math.max(1, state.check.interval().toMillis()), t -> look(state)));
  }

  public boolean isGood() {
    for (var state : states) {
      if (!state.failure.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** What fails, and why. */
  public Map<String, String> failures() {
    var all = new TreeMap<String, String>();
    for (var state : states) {
      if (!state.failure.isEmpty()) {
        all.put(state.check.name(), state.failure);
      }
    }
    return all;
  }
}
