package io.layover.auth;

import io.layover.auth.Authenticator.WrongPassword;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Asks the authenticators in their order, on threads that may wait for a hash. For a user that none
 * knows, time is spent on a hash all the same.
 */
final class Checks implements AutoCloseable {
  private static final int MOST_WAITING = 500;
  private static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors() / 2);

  private final List<Authenticator> authenticators;
  private final WorkerExecutor threads;
  private final AtomicInteger running = new AtomicInteger();

  Checks(Vertx vertx, List<Authenticator> authenticators) {
    this.authenticators = authenticators;
    this.threads = vertx.createSharedWorkerExecutor("passwords", THREADS);
  }

  /** True if so many wait that another one would be given up before its turn. */
  boolean isFull() {
    return running.get() >= MOST_WAITING;
  }

  /**
   * The account; fails with {@link WrongPassword}, also if nobody knows the user.
   *
   * @param first runs at this one's turn, before an authenticator is asked
   */
  Future<Account> run(Credentials credentials, Runnable first) {
    running.incrementAndGet();
    return ask(0, credentials, first)
        .compose(account -> account == null ? nobody(credentials) : Future.succeededFuture(account))
        .onComplete(done -> running.decrementAndGet());
  }

  private Future<@Nullable Account> ask(int next, Credentials credentials, Runnable first) {
    if (next == authenticators.size()) {
      return Future.succeededFuture(null);
    }
    var authenticator = authenticators.get(next);
    return threads
        .executeBlocking(
            () -> {
              first.run();
              return authenticator.authenticate(credentials.user(), credentials.password());
            },
            false)
        .compose(answer -> answer)
        .compose(
            account ->
                account == null
                    ? ask(next + 1, credentials, first)
                    : Future.<@Nullable Account>succeededFuture(account));
  }

  private Future<Account> nobody(Credentials credentials) {
    return threads
        .executeBlocking(
            () -> {
              var decoy = credentials.areNone() ? null : decoy();
              return decoy != null && decoy.matches(credentials.password());
            },
            false)
        .compose(anyway -> Future.failedFuture(new WrongPassword()));
  }

  private @Nullable PasswordHash decoy() {
    for (var authenticator : authenticators) {
      var decoy = authenticator.decoy();
      if (decoy != null) {
        return decoy;
      }
    }
    return null;
  }

  @Override
  public void close() {
    threads.close();
  }
}
