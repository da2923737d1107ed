package io.layover.upstream;

import io.layover.storage.Blob;

/**
 * What one answer has of a blob.
 *
 * @param start where its body begins, which may be before the byte that was asked for
 * @param end where it ends, or {@link Blob#UNKNOWN}
 * @param total the size of the blob, or {@link Blob#UNKNOWN}
 */
record Piece(Answer answer, long start, long end, long total) {
  /**
   * The piece that an answer has, if it is what was asked for. Otherwise its connection is given
   * up.
   *
   * @param from the byte that was asked for, as the first
   * @param to the byte behind the last one that was asked for, {@link Blob#UNKNOWN} for the end
   * @param total the size of the blob as far as it is known
   * @throws UpstreamFailure {@code BROKEN} if the answer contradicts that
   */
  static Piece of(Answer answer, long from, long to, long total) {
    try {
      return answer.status() == 200 ? whole(answer, total) : part(answer, from, to, total);
    } catch (UpstreamFailure e) {
      throw answer.refused(e);
    }
  }

  private static Piece whole(Answer answer, long known) {
    var total = agreed(answer.size(), known);
    return new Piece(answer, 0, total, total);
  }

  private static Piece part(Answer answer, long from, long to, long known) {
    var range = ContentRange.parse(answer.header("Content-Range"));
    var isPart = answer.status() == 206;
    if (range == null || isPart == range.isEmpty()) {
      throw broken("it answers " + answer.status() + " without saying which part it sends");
    }
    var total = agreed(range.total(), known);
    if (range.first() != from || (to != Blob.UNKNOWN && range.end() > to)) {
      throw broken(
          isPart
              ? "it sends bytes %d to %d, asked for those from %d on"
                  .formatted(range.first(), range.end() - 1, from)
              : "it says that there are %d bytes, asked for those from %d on"
                  .formatted(range.total(), from));
    }
    if (isPart && answer.size() != Blob.UNKNOWN && answer.size() != range.end() - from) {
      throw broken(
          "it announces %d bytes, and a part of %d".formatted(answer.size(), range.end() - from));
    }
    return new Piece(answer, from, range.end(), total);
  }

  private static long agreed(long said, long known) {
    if (said != Blob.UNKNOWN && known != Blob.UNKNOWN && said != known) {
      throw broken("it says that there are %d bytes, not %d".formatted(said, known));
    }
    return Math.max(said, known);
  }

  /** True if there was nothing left to send. */
  boolean isEmpty() {
    return start == end && start > 0;
  }

  /** True if it goes on to the end of the blob, as far as is known. */
  boolean isLast() {
    return end == total;
  }

  private static UpstreamFailure broken(String message) {
    return UpstreamFailure.refused(Refusal.CONTENT, message);
  }
}
