package io.layover.upstream;

import java.time.Duration;

/**
 * How long what was learnt from an upstream is relied on.
 *
 * @param tagTtl how long a tag is answered without asking again
 */
public record Freshness(Duration tagTtl) {}
