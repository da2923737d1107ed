package io.layover.registry;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How an answer came about.
 *
 * @param upstream the name of the upstream that the content belongs to, if any
 * @param detail a word or two that say more, made of letters, digits and dashes
 * @param upstreamStatus what the upstream said instead of a success, or 0
 * @param confirmed when the upstream last confirmed what may be out of date
 */
public record Outcome(
    Kind kind,
    @Nullable String upstream,
    @Nullable String detail,
    int upstreamStatus,
    @Nullable Instant confirmed) {
  /** The outcomes, as figures and the log know them. */
  public enum Kind {
    /** Pushed here and read here. */
    HOSTED,
    /** Read from the cache. */
    HIT,
    /** Fetched from the upstream, and stored on the way. */
    MISS,
    /** Read from a fetch that was already running for someone else. */
    COLLAPSED,
    /** Read from the cache because the upstream could not be asked, or not soon enough. */
    STALE,
    /** Answered by the upstream, and nothing of it stored. */
    PASS,
    /** The upstream was found not to have it, a moment ago. */
    NEGATIVE,
    /** Not to be had: neither from the upstream nor, if it was there at all, from the cache. */
    FAILED;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The lower-case name. */
    public String label() {
      return label;
    }
  }

  public static final Outcome HOSTED = new Outcome(Kind.HOSTED, null, null, 0, null);

  /** An outcome that concerns an upstream. */
  public static Outcome of(Kind kind, String upstream) {
    return new Outcome(kind, upstream, null, 0, null);
  }

  /** What is answered from the cache, as it was when the upstream last confirmed it. */
  public static Outcome stale(String upstream, String why, int upstreamStatus, Instant confirmed) {
    return new Outcome(Kind.STALE, upstream, why, upstreamStatus, confirmed);
  }

  /**
   * What cannot be answered.
   *
   * @param confirmed when the upstream last confirmed what is cached and too old, if anything is
   */
  public static Outcome failed(
      String upstream, @Nullable String why, int upstreamStatus, @Nullable Instant confirmed) {
    return new Outcome(Kind.FAILED, upstream, why, upstreamStatus, confirmed);
  }

  public Outcome withDetail(String word) {
    return new Outcome(kind, upstream, word, upstreamStatus, confirmed);
  }
}
