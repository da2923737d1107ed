package io.layover.eviction;

/** What a stored blob counts as. */
enum Share {
  /** Linked from a repository that is pushed to, whoever else links to it. */
  HOSTED,
  /** Linked from repositories of upstreams only. */
  CACHED,
  /** The same, but larger than all that may be cached: it goes once nobody reads it. */
  PASSING,
  /** Linked from nowhere: on its way in, or left for the garbage collection. */
  UNLINKED
}
