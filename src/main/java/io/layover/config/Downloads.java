package io.layover.config;

import java.time.Duration;

/**
 * How blobs come from upstreams; the keys stand in {@code proxy}.
 *
 * @param rangegap how far ahead of a running download a range may begin and still wait for it
 * @param maxblobsize the most bytes of a blob that is fetched
 * @param partttl how long an unfinished download is kept for the next one who wants the blob
 * @param cachewritetimeout how long a download goes on without a client; 0: to its end
 */
public record Downloads(
    long rangegap, long maxblobsize, Duration partttl, Duration cachewritetimeout, Resume resume) {

  /**
   * How a download that broke off is gone on with.
   *
   * @param attempts how often in a row it is tried without a new byte
   * @param backoff the wait before the second attempt, doubled for each one more
   * @param maxbackoff the longest wait
   */
  public record Resume(int attempts, Duration backoff, Duration maxbackoff) {
    private static Resume read(Section s) {
      return new Resume(
          s.integer("attempts", 0, 8),
          s.duration("backoff", Duration.ofMillis(250)),
          s.duration("maxbackoff", Duration.ofSeconds(10)));
    }
  }

  static Downloads read(Section s) {
    var maxblobsize = s.size("maxblobsize", 64L << 30);
    if (maxblobsize == 0) {
      s.problem("maxblobsize", "must be more than 0");
    }
    return new Downloads(
        s.size("rangegap", 16L << 20),
        maxblobsize,
        s.duration("partttl", Duration.ofDays(1)),
        s.duration("cachewritetimeout", Duration.ofMinutes(5)),
        Resume.read(s.section("resume")));
  }
}
