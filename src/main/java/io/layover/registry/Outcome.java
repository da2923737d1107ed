package io.layover.registry;

import org.jspecify.annotations.Nullable;

/**
 * How an answer came about.
 *
 * @param upstream the name of the upstream that the content belongs to, if any
 * @param detail a word or two that say more, made of letters, digits and dashes
 */
public record Outcome(Kind kind, @Nullable String upstream, @Nullable String detail) {
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
    /** Read from the cache because the upstream could not be asked. */
    STALE,
    /** Answered by the upstream, and nothing of it stored. */
    PASS;

    /** The lower-case name. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  public static final Outcome HOSTED = new Outcome(Kind.HOSTED, null, null);

  /** An outcome that concerns an upstream. */
  public static Outcome of(Kind kind, String upstream) {
    return new Outcome(kind, upstream, null);
  }

  public Outcome withDetail(String word) {
    return new Outcome(kind, upstream, word);
  }
}
