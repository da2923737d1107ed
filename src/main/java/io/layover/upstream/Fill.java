package io.layover.upstream;

import io.layover.futures.Futures;
import io.layover.oci.RepositoryName;
import io.layover.storage.Blob;
import io.layover.trace.Spans;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/**
 * One blob on its way from its upstream. It belongs to no client: whoever wants the blob reads what
 * is there and follows the rest, and whoever leaves changes nothing.
 */
final class Fill {
  /** Hidden from readers until the digest is verified, so that no one gets a whole wrong blob. */
  static final long WITHHELD = 16 << 10;

  private final RepositoryName repository;
  private final Promise<@Nullable Begun> begun = Promise.promise();
  private volatile Spans.@Nullable Mark step;

  /** What there is to read once the upstream has answered. */
  interface Begun {
    /** The blob for one more reader, or null if there is nothing to read any more. */
    @Nullable Blob reader();
  }

  Fill(RepositoryName repository) {
    this.repository = repository;
  }

  /** The repository through which the blob is fetched. */
  RepositoryName repository() {
    return repository;
  }

  /**
   * The blob for one more reader, as soon as the upstream has begun to send it; null if there is
   * nothing to follow, and the store knows more.
   */
  Future<@Nullable Blob> join() {
    return Futures.onCallersContext(begun.future())
        .map(there -> there == null ? null : there.reader());
  }

  /** Says which step of which trace it is. */
  void mark(Spans.@Nullable Mark mark) {
    step = mark;
  }

  /** Which step of which trace it is; null if that is not known, or nobody traces. */
  Spans.@Nullable Mark step() {
    return step;
  }

  /** The upstream has begun to send. */
  void open(Begun there) {
    begun.tryComplete(there);
  }

  /** Nothing is to be sent: the blob is in the store already. */
  void skip() {
    begun.tryComplete(null);
  }

  /** The upstream did not begin to send. */
  void fail(Throwable cause) {
    begun.tryFail(cause);
  }
}
