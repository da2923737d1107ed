package io.layover.trace;

import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What parts say of the request that they work for, to its trace. Where nothing is traced, each of
 * these looks for a tracer and does no more: no class of OpenTelemetry is loaded.
 */
public final class Spans {
  private Spans() {}

  /** A span that another trace may point to. */
  public interface Mark {}

  /**
   * Runs work as a step of its own, below which stands what it does. The step may outlast the
   * request. The future completes on the caller's context.
   */
  public static <T> Future<T> within(String name, Supplier<Future<T>> work) {
    return within(name, e -> true, work);
  }

  /**
   * The same, where some failures are ordinary answers.
   *
   * @param isTrouble whether a failure is more than that
   */
  public static <T> Future<T> within(
      String name, Predicate<Throwable> isTrouble, Supplier<Future<T>> work) {
    var context = ContextInternal.current();
    return isTraced(context)
        ? Traces.of(context).within(context, name, isTrouble, work)
        : work.get();
  }

  /** Runs work that is mostly too short to be of interest: it is a step if it was not. */
  public static <T> Future<T> ifSlow(String name, Supplier<Future<T>> work) {
    var context = ContextInternal.current();
    return isTraced(context) ? Traces.of(context).ifSlow(name, work) : work.get();
  }

  /** Says which row of the table of routes answers the request. */
  public static void route(String method, String route) {
    if (isTraced(ContextInternal.current())) {
      Traces.route(method, route);
    }
  }

  /** Notes something about the current step. */
  public static void note(String key, String value) {
    if (isTraced(ContextInternal.current())) {
      Traces.note(key, value);
    }
  }

  /** The current step; null if there is none. */
  public static @Nullable Mark here() {
    return isTraced(ContextInternal.current()) ? Traces.here() : null;
  }

  /** Notes that the current step got its outcome from one of another request. */
  public static void link(@Nullable Mark other) {
    if (other != null && isTraced(ContextInternal.current())) {
      Traces.link(other);
    }
  }

  private static boolean isTraced(@Nullable ContextInternal context) {
    return context != null && context.tracer() != null;
  }
}
